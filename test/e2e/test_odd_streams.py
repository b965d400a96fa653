"""Encoders that divide their media in their own way, and messages that make no sense."""

import asyncio

import pytest
from livekit import api

from conftest import MakeIngress, Watch
from devstack import Stack, until
from kit import flv, odd
from kit.clips import SMALL
from kit.measure import numbers
from kit.routes import PASS_THROUGH, routes
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog

ONE_LAYER = api.IngressVideoOptions(preset=api.IngressVideoEncodingPreset.H264_720P_30FPS_1_LAYER)
SECONDS = 12
SLICED = {"slices-apart": odd.slices_apart, "all-apart": odd.all_apart}


@pytest.mark.parametrize("divide", [*SLICED.values(), odd.sets_apart], ids=[*SLICED, "sets-apart"])
async def test_pictures_in_many_messages_arrive_whole(
    stack: Stack,
    make_ingress: MakeIngress,
    watch: Watch,
    states: StateLog,
    divide: odd.Divide,
):
    info = await make_ingress(video=ONE_LAYER)
    viewer = await watch()
    tags = odd.sliced(SMALL, SECONDS, slices=4 if divide in SLICED.values() else 1)
    async with await RtmpPublisher.publishing(info.url, info.stream_key) as publisher:
        await publisher.play(divide(tags))
        publishing = await states.wait_status(info.ingress_id, "PUBLISHING", 5)
        await publisher.unpublish()
    assert (publishing.video.width, publishing.video.height) == (640, 360)
    seen = {number for number in numbers(viewer.frames) if number < SECONDS * SMALL.fps}
    steady = [number for number in seen if number >= 4 * SMALL.fps]
    assert len(steady) >= 0.95 * (SECONDS - 4) * SMALL.fps, viewer.summary()
    readable = sum(frame.number is not None for frame in viewer.frames)
    assert readable >= 0.95 * len(viewer.frames), viewer.summary()
    assert routes(stack, info)[-1] == PASS_THROUGH


async def test_odd_messages_do_not_end_a_running_stream(
    stack: Stack, make_ingress: MakeIngress, watch: Watch, states: StateLog
):
    info = await make_ingress(video=ONE_LAYER)
    viewer = await watch()
    mark = stack.ingress.process.log_size()
    tags = [tag for tag in flv.read(SMALL.path()) if tag.timestamp < SECONDS * 1000]
    async with await RtmpPublisher.publishing(info.url, info.stream_key) as publisher:
        await publisher.play(odd.with_odd_messages(tags, start=3, every=0.4))
        assert not publisher.closed.is_set(), "the server hung up"
        metrics = await stack.ingress.metrics()
        await publisher.unpublish()
    steady = {number for number in numbers(viewer.frames) if number >= 3 * SMALL.fps}
    assert len(steady) >= 0.95 * (SECONDS - 3) * SMALL.fps, viewer.summary()
    assert "ERROR" not in states.statuses(info.ingress_id)
    assert 'reason="unusable_video"' in metrics
    log = stack.ingress.process.log_text()[mark:]
    assert log.count("video message not usable") == 1, "one warning for all that came at once"


async def test_video_of_no_use_leaves_the_audio_alone(
    ingress: api.IngressInfo, watch: Watch, states: StateLog
):
    viewer = await watch()
    tags = flv.with_corrupt_sps(flv.read(SMALL.path()))
    async with await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher:
        playing = asyncio.create_task(publisher.play(tags))

        def told() -> bool:
            known = states.states(ingress.ingress_id)
            return bool(known) and "video that cannot be used" in known[-1].error

        await until(told, 20, "a warning in the state")
        await until(lambda: len(viewer.beeps) >= 6, 20, viewer.summary)
        assert states.statuses(ingress.ingress_id)[-1] == "PUBLISHING"
        assert not publisher.closed.is_set()
        playing.cancel()
