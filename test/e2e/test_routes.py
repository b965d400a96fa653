"""The ways of the video: passed on as it is, bridged, partly or wholly encoded, or not at all."""

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable, Iterator

import pytest
from livekit import api, rtc

from conftest import MakeIngress, MakeService, Publish, Watch
from devstack import Stack, free_ports, until
from kit import hevc
from kit.clips import FULL, LONG_GOP, SMALL, WITH_B_FRAMES, Clip
from kit.debug_pages import look_into, only_session
from kit.flv import Tag, read
from kit.measure import out_of_order
from kit.routes import BRIDGE, HYBRID, IDLE, LADDER, PASS_THROUGH, routes, transcoders, wait_route
from kit.rtmp import RtmpPublisher
from kit.viewer import HIGH, LOW, MEDIUM

HD = (1280, 720)
ONE_LAYER = api.IngressVideoOptions(preset=api.IngressVideoEncodingPreset.H264_720P_30FPS_1_LAYER)


async def test_a_stream_that_fits_is_passed_on_without_a_transcoder(
    stack: Stack, make_ingress: MakeIngress, publish: Publish, watch: Watch
):
    info = await make_ingress(video=ONE_LAYER)
    viewer = await watch()
    publish(info)
    await viewer.running_picture(HD, count=30, timeout=60)
    frames = await viewer.running_picture(HD, count=90, timeout=60)
    assert out_of_order(frames) == []
    assert set(routes(stack, info)) <= {PASS_THROUGH, BRIDGE}
    await until(lambda: routes(stack, info)[-1] == PASS_THROUGH, 40, "no bridge any more")
    await until(lambda: not transcoders(stack), 40, "the transcoder given back")


async def test_what_is_not_decoded_comes_to_the_handler_in_batches(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
):
    port = free_ports(1)[0]
    service = make_service(servers.default_ingress_config(), debug_handler_port=port)
    await until(service.ready, 30, "the service")
    info = await make_ingress(video=ONE_LAYER)
    info.url = service.rtmp_url
    viewer = await watch()
    publish(info)

    def beats_at(milliseconds: int) -> Callable[[], Awaitable[bool]]:
        async def beats() -> bool:
            page = await look_into(port, (await only_session(port))["resourceID"])
            return json.loads(page.body)["handler"]["input"]["batchIntervalMs"] == milliseconds

        return beats

    await viewer.running_picture(HD, count=5, timeout=60)
    await until(beats_at(20), 60, "a beat of one packet of sound")
    frames = await viewer.running_picture(HD, count=60, timeout=30)
    assert out_of_order(frames) == []
    video = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    video.set_subscribed(False)
    await until(beats_at(50), 60, "a slower one while nobody watches")
    heard = len(viewer.beeps)
    await until(lambda: len(viewer.beeps) >= heard + 3, 30, "sound all the while")


async def test_a_viewer_between_two_key_frames_gets_one_and_others_notice_nothing(
    stack: Stack, make_ingress: MakeIngress, publish: Publish, watch: Watch
):
    info = await make_ingress(video=ONE_LAYER)
    first = await watch("first")
    publish(info, LONG_GOP)
    # In the middle of a GOP of ten seconds.
    await first.frames_where(
        lambda frame: frame.number is not None and frame.number % 300 > 120, 1, 60, "amid a GOP"
    )
    seen = len(first.frames)
    second = await watch("second")
    frames = await second.running_picture(HD, count=10, timeout=20)
    assert frames[0].number % 300 != 0, "the picture came with a key frame of the source"
    await wait_route(stack, info, BRIDGE)
    await second.frames_where(
        lambda frame: frame.number is not None and frame.number % 300 < 60, 30, 30, "of a new GOP"
    )
    assert out_of_order(first.frames[seen:]) == []
    assert out_of_order(second.frames) == []
    gaps = [
        b.at - a.at for a, b in zip(first.frames[seen:], first.frames[seen + 1 :], strict=False)
    ]
    assert max(gaps) < 1.5, "the first viewer's picture stood still"


async def test_the_top_layer_is_the_sources_and_lower_ones_are_encoded(
    stack: Stack, ingress: api.IngressInfo, publish: Publish, watch: Watch
):
    viewer = await watch()
    publish(ingress, FULL)
    await viewer.running_picture(HD, count=30, timeout=60)
    await wait_route(stack, ingress, HYBRID)
    video = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    for quality, size in ((MEDIUM, (640, 360)), (LOW, (320, 180)), (HIGH, HD)):
        video.set_video_quality(quality)
        frames = await viewer.running_picture(size, count=45, timeout=40)
        assert out_of_order(frames) == []


async def test_b_frames_are_encoded_away_and_the_reason_is_told(
    stack: Stack, ingress: api.IngressInfo, publish: Publish, watch: Watch
):
    viewer = await watch()
    publish(ingress, WITH_B_FRAMES)
    frames = await viewer.running_picture(HD, count=60, timeout=60)
    assert out_of_order(frames) == []
    line = await wait_route(stack, ingress, LADDER)
    assert "B-frames" in line


@pytest.mark.parametrize("coded_width", [640, 480], ids=["square-pixels", "wide-pixels"])
async def test_hevc_by_enhanced_rtmp_is_encoded_for_viewers(
    stack: Stack, ingress: api.IngressInfo, watch: Watch, coded_width: int
):
    sent = await asyncio.to_thread(hevc.tags, 640, 360, 30, 8, coded_width)
    viewer = await watch()
    publisher = await RtmpPublisher.publishing(ingress.url, ingress.stream_key)
    async with publisher:
        playing = asyncio.create_task(publisher.play(sent))
        frames = await viewer.running_picture((640, 360), count=60, timeout=40)
        await playing
        await publisher.unpublish()
    assert out_of_order(frames) == []
    assert "HEVC" in await wait_route(stack, ingress, LADDER)


async def test_an_ingress_that_asks_for_vp8_gets_it(
    stack: Stack, make_ingress: MakeIngress, publish: Publish, watch: Watch
):
    layers = [
        api.VideoLayer(quality=api.VideoQuality.LOW, width=320, height=180, bitrate=200_000),
        api.VideoLayer(quality=api.VideoQuality.HIGH, width=640, height=360, bitrate=600_000),
    ]
    options = api.IngressVideoEncodingOptions(
        video_codec=api.VideoCodec.VP8, frame_rate=30, layers=layers
    )
    info = await make_ingress(video=api.IngressVideoOptions(options=options))
    viewer = await watch()
    publish(info, SMALL)
    frames = await viewer.running_picture((640, 360), count=45, timeout=60)
    assert out_of_order(frames) == []
    video = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    assert video.mime_type.lower() == "video/vp8"
    video.set_video_quality(LOW)
    await viewer.running_picture((320, 180), count=30, timeout=40)


@pytest.mark.parametrize(
    ("transcoding", "clip", "route"),
    [("always", SMALL, LADDER), ("never", SMALL, PASS_THROUGH)],
)
async def test_the_operator_decides_about_transcoding(
    transcoding: str,
    clip: Clip,
    route: str,
    servers: Stack,
    ingress: api.IngressInfo,
    make_service: MakeService,
    watch: Watch,
    clips: None,
):
    service = make_service(servers.default_ingress_config(), transcoding=transcoding)
    await service.process.wait_ready(service.ready, 20)
    viewer = await watch()
    url = service.rtmp_url
    async with await RtmpPublisher.publishing(url, ingress.stream_key) as publisher:
        playing = asyncio.create_task(publisher.play(read(clip.path())))
        await viewer.running_picture((640, 360), count=30, timeout=40)
        await service.process.wait_log(rf"video route.* route={route}\b", 10)
        playing.cancel()


async def _publish(info: api.IngressInfo, tags: list[Tag]) -> None:
    publisher = await RtmpPublisher.publishing(info.url, info.stream_key)
    async with publisher:
        await publisher.play(tags)


@pytest.mark.parametrize("codec", ["b-frames", "hevc"])
async def test_a_stream_in_an_empty_room_is_known_there_and_waits_for_its_viewer(
    stack: Stack, ingress: api.IngressInfo, publish: Publish, watch: Watch, codec: str
):
    playing: asyncio.Task | None = None
    if codec == "hevc":
        tags = await asyncio.to_thread(hevc.tags, 1280, 720, 30, 12, 1280)
        playing = asyncio.create_task(_publish(ingress, tags))
    else:
        publish(ingress, WITH_B_FRAMES)
    await wait_route(stack, ingress, IDLE)
    await asyncio.sleep(2)
    used = sum(sum(process.cpu_times()[:2]) for process in transcoders(stack))
    viewer = await watch()
    frames = await viewer.running_picture(HD, count=20, timeout=20)
    assert out_of_order(frames) == []
    assert {frame.size for frame in viewer.frames} <= {HD, (640, 360), (320, 180)}
    await wait_route(stack, ingress, LADDER)
    # One picture of it was made for the room, where the source's own cannot be shown.
    assert used < (0.8 if codec == "hevc" else 0.001)
    video = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    assert video.simulcasted
    for quality, size in ((LOW, (320, 180)), (MEDIUM, (640, 360)), (HIGH, HD)):
        video.set_video_quality(quality)
        await viewer.running_picture(size, count=10, timeout=20)
    if playing:
        playing.cancel()


async def test_nothing_is_decoded_that_nobody_watches(
    stack: Stack, ingress: api.IngressInfo, publish: Publish, watch: Watch
):
    viewer = await watch()
    publish(ingress, WITH_B_FRAMES)
    await viewer.running_picture(HD, count=10, timeout=60)
    video = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    video.set_subscribed(False)
    await wait_route(stack, ingress, IDLE, timeout=60)
    await until(lambda: not transcoders(stack), 60, "the transcoder given back")
    heard = len(viewer.beeps)
    await until(lambda: len(viewer.beeps) >= heard + 3, 30, "sound all the while")
    video.set_subscribed(True)
    await viewer.running_picture(HD, count=30, timeout=40)


async def test_a_killed_transcoder_costs_a_moment_and_not_the_participant(
    stack: Stack, ingress: api.IngressInfo, publish: Publish, watch: Watch
):
    viewer = await watch()
    publish(ingress, WITH_B_FRAMES)
    await viewer.running_picture(HD, count=10, timeout=60)
    participant = await viewer.participant("encoder")
    transcoders(stack)[0].kill()
    await stack.ingress.process.wait_log(rf"transcoder broke.*{ingress.ingress_id}", 20)
    await viewer.running_picture(HD, count=60, timeout=40)
    assert (await viewer.participant("encoder")).sid == participant.sid


async def test_a_source_that_begins_to_send_b_frames_changes_route_in_the_room(
    stack: Stack, make_ingress: MakeIngress, watch: Watch, clips: None
):
    info = await make_ingress(video=ONE_LAYER)
    viewer = await watch()
    publisher = await RtmpPublisher.publishing(info.url, info.stream_key)
    async with publisher:
        await publisher.play(_plain_then_reordered_then_plain())
        await viewer.participant("encoder")
        await publisher.unpublish()
    taken = [route for route in routes(stack, info) if route != BRIDGE]
    assert taken[:3] == [PASS_THROUGH, LADDER, PASS_THROUGH], routes(stack, info)
    assert len({frame.size for frame in viewer.frames if frame.number is not None}) == 1
    # A GOP may be sent again in the first moments, while nobody has seen it.
    assert out_of_order(viewer.frames[60:]) == []
    numbers = {frame.number for frame in viewer.frames if frame.number is not None}
    # Six seconds of each clip, and each clip was seen in all of its second half.
    for first in (0, 180, 360):
        assert len(numbers & set(range(first + 90, first + 170))) > 60


def _plain_then_reordered_then_plain() -> Iterator[Tag]:
    """Six seconds each of a stream without, with and without B-frames, as one publish."""
    for clip, begin in ((FULL, 0), (WITH_B_FRAMES, 6000), (FULL, 12000)):
        for tag in read(clip.path()):
            if tag.is_header:
                yield dataclasses.replace(tag, timestamp=begin)
            elif begin <= tag.timestamp < begin + 6000:
                yield tag
