"""Simulcast: each layer can be selected and arrives in its size, with a running picture."""

import pytest
from livekit import api, rtc

from conftest import Live, MakeIngress, Publish, Watch
from kit.clips import SMALL
from kit.measure import out_of_order
from kit.viewer import HIGH, LOW, MEDIUM

SIZES = {HIGH: (1280, 720), MEDIUM: (640, 360), LOW: (320, 180)}


async def test_each_layer_can_be_selected_and_runs(live: Live):
    viewer = live.viewer
    video = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    for quality in (HIGH, LOW, MEDIUM, HIGH):
        video.set_video_quality(quality)
        frames = await viewer.running_picture(SIZES[quality], count=45, timeout=40)
        assert out_of_order(frames) == []


async def test_two_viewers_watch_different_layers(live: Live, watch: Watch):
    low = await watch("low-viewer")
    video = await low.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    video.set_video_quality(LOW)
    await low.running_picture(SIZES[LOW], count=30, timeout=40)
    await live.viewer.running_picture(SIZES[HIGH], count=30, timeout=40)


@pytest.mark.parametrize(
    ("preset", "size"),
    [
        (api.IngressVideoEncodingPreset.H264_720P_30FPS_1_LAYER, (1280, 720)),
        (api.IngressVideoEncodingPreset.H264_540P_25FPS_2_LAYERS, (960, 540)),
    ],
    ids=["one-layer", "two-layers"],
)
async def test_presets_decide_the_layers(
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
    preset: int,
    size: tuple[int, int],
):
    info = await make_ingress(video=api.IngressVideoOptions(preset=preset))
    viewer = await watch()
    publish(info)
    await viewer.running_picture(size, count=30, timeout=60)
    video = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    assert (video.width, video.height) == size
    two_layers = preset == api.IngressVideoEncodingPreset.H264_540P_25FPS_2_LAYERS
    assert video.simulcasted == two_layers
    if two_layers:
        video.set_video_quality(LOW)
        await viewer.running_picture((480, 270), count=30, timeout=40)


async def test_a_small_source_is_not_blown_up(
    ingress: api.IngressInfo, publish: Publish, watch: Watch
):
    viewer = await watch()
    publish(ingress, SMALL)
    await viewer.running_picture((640, 360), count=30, timeout=60)
    assert {frame.size for frame in viewer.frames} <= {(640, 360), (320, 180), (160, 90)}
