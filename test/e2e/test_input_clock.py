"""Timestamps that do not follow time, slow encoders, slow uploads: what viewers get, and words."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import pytest
from livekit import api

from conftest import Watch
from devstack import Stack, until
from kit import flv
from kit.clips import SMALL
from kit.flv import VIDEO, Tag
from kit.measure import av_offsets_sent, median_ms, numbers
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog
from kit.viewer import Viewer

FPS = 30
LIPS_MS = 60  # of the median


@asynccontextmanager
async def playing(info: api.IngressInfo, **how: Callable) -> AsyncIterator[None]:
    """The clip on its way; `how` as for RtmpPublisher.play()."""
    async with await RtmpPublisher.publishing(info.url, info.stream_key) as publisher:
        task = asyncio.create_task(publisher.play(flv.read(SMALL.path()), **how))
        yield
        task.cancel()


async def told(states: StateLog, info: api.IngressInfo, words: str) -> str:
    """The warning of the state that holds these words, while the session runs."""

    def said() -> str:
        errors = (state.error for state in states.states(info.ingress_id))
        return next((error for error in errors if words in error), "")

    return await until(said, 30, lambda: f"{words!r}; {states.summary(info.ingress_id)}")


async def watched(viewer: Viewer, seconds: float) -> tuple[list[int], list[float]]:
    """Frame numbers and A/V offsets of the next seconds."""
    frames, beeps = len(viewer.frames), len(viewer.beeps)
    started = time.monotonic()
    await until(lambda: time.monotonic() - started >= seconds, seconds + 5, "time")
    return numbers(viewer.frames[frames:]), av_offsets_sent(viewer, FPS, frames, beeps)


WRONG: dict[str, Callable[[float], float]] = {
    "zero": lambda timestamp: 0,
    "90-kHz": lambda timestamp: timestamp * 90,
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
async def test_video_whose_timestamps_do_not_follow_time_goes_by_arrival(
    clips: None,
    ingress: api.IngressInfo,
    watch: Watch,
    states: StateLog,
    wrong: Callable[[float], float],
):
    def claimed(tag: Tag) -> float:
        return wrong(tag.timestamp) if tag.kind == VIDEO else tag.timestamp

    viewer = await watch()
    async with playing(ingress, claimed=claimed):
        await told(states, ingress, "the video timestamps")
        await viewer.running_picture(timeout=20)
        seen, offsets = await watched(viewer, 6)
    assert len(set(seen)) >= 6 * FPS * 0.95, f"{len(set(seen))} frames in 6 s"
    assert len(offsets) >= 5
    assert abs(median_ms(offsets)) < LIPS_MS, offsets


async def test_a_slow_encoder_is_followed_without_loss(
    clips: None, ingress: api.IngressInfo, watch: Watch, states: StateLog
):
    viewer = await watch()
    async with playing(ingress, due=lambda media: media / 0.9):
        warning = await told(states, ingress, "slower than real time")
        assert re.search(r"0\.(89|90|91)x real time", warning), warning
        await viewer.running_picture(timeout=20)
        frames = len(viewer.frames)
        seen, offsets = await watched(viewer, 6)
        sizes = {frame.size for frame in viewer.frames[frames:]}
    span = max(seen) - min(seen)
    assert abs(span - 6 * FPS * 0.9) < FPS / 2, f"{span} frames in 6 s"
    assert len(set(seen)) >= span * 0.98, f"{len(set(seen))} of {span} frames"
    assert sizes == {(640, 360)}
    assert abs(median_ms(offsets)) < LIPS_MS, offsets


def when_carried(tags: Iterable[Tag], bytes_per_second: float) -> Callable[[float], float]:
    """When an upload of this rate has carried the media of a second."""
    carried, due = 0, {}
    for tag in tags:
        carried += len(tag.body)
        due[tag.timestamp] = max(tag.timestamp / 1000, carried / bytes_per_second)
    return lambda media: due[round(media * 1000)]


async def test_a_thin_upload_is_told(
    clips: None, stack: Stack, ingress: api.IngressInfo, states: StateLog, watch: Watch
):
    viewer = await watch()
    tags = flv.read(SMALL.path())
    size = sum(len(tag.body) for tag in tags)
    due = when_carried(tags, size / SMALL.seconds * 0.3)
    async with playing(ingress, due=due):
        warning = await told(states, ingress, "upload is too slow")
        assert re.search(r"[\d.]+ of [\d.]+ Mb/s arrive, so \d+ kb/s would do", warning), warning
        assert "Lower the bitrate" in warning
        behind = re.search(
            r"^livekit_ingress_input_behind_seconds\{.*\} (\S+)",
            await stack.ingress.metrics(),
            re.M,
        )
        assert float(behind[1]) > 1, "what waits in the upload"
        await viewer.running_picture(count=5, timeout=20)  # still there
