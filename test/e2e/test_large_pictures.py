"""Pictures that a decoder has no memory for are refused before one sees them."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator

import psutil
import pytest
from livekit import api

from conftest import MakeIngress, MakeService, Watch
from devstack import Stack, until
from kit import flv, routes
from kit.clips import SMALL
from kit.flv import AUDIO, VIDEO, Tag
from kit.large import LargePictures
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog

WORDS = "larger than this server decodes"
HUGE = LargePictures(8192, 4320)
MOST_BYTES = 250 << 20  # of a transcoder that encodes the clip; it has 120 MB


class Memory:
    """The most that a transcoder has taken meanwhile."""

    def __init__(self) -> None:
        self.most = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def watched(cls, stack: Stack) -> AsyncIterator["Memory"]:
        memory = cls()
        watching = asyncio.create_task(memory._watch(stack))
        yield memory
        watching.cancel()

    async def _watch(self, stack: Stack) -> None:
        while True:
            for process in routes.transcoders(stack):
                with contextlib.suppress(psutil.NoSuchProcess):
                    self.most = max(self.most, process.memory_info().rss)
            await asyncio.sleep(0.05)


async def refused(publisher: RtmpPublisher, tags: list[Tag], states: StateLog, who: str) -> str:
    """Plays until the server hangs up; the error of the state, which is the encoder's as well."""
    playing = asyncio.create_task(publisher.play(tags))
    last = await states.wait_status(who, "ERROR", 20)
    await publisher.wait_closed(10)
    await playing
    assert publisher.statuses[-1].level == "error"
    assert last.error in publisher.statuses[-1].description
    return last.error


async def test_huge_pictures_are_refused_in_words(
    stack: Stack, ingress: api.IngressInfo, watch: Watch, states: StateLog
):
    await watch()
    tags = HUGE.tags()
    assert sum(len(tag.body) for tag in tags) < 1 << 20, "small bytes, huge pictures"
    async with (
        Memory.watched(stack) as memory,
        await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher,
    ):
        error = await refused(publisher, tags, states, ingress.ingress_id)
    assert WORDS in error
    assert "8192x4320" in error
    assert "max_input_pixels" in error
    assert memory.most < MOST_BYTES


async def test_huge_pictures_amid_a_stream_are_left_out(
    stack: Stack, ingress: api.IngressInfo, watch: Watch, states: StateLog
):
    viewer = await watch()
    small = flv.read(SMALL.path())
    huge = [tag for tag in HUGE.tags() if tag.kind == VIDEO]

    def between(first: int, last: int, *, video: bool) -> list[Tag]:
        return [
            tag
            for tag in small
            if first * 1000 <= tag.timestamp < last * 1000 and (video or tag.kind == AUDIO)
        ]

    sets = [tag for tag in small if tag.is_header and tag.kind == VIDEO]
    tags = between(0, 6, video=True)
    amid = [dataclasses.replace(tag, timestamp=6000 + tag.timestamp) for tag in huge]
    tags += sorted([*between(6, 16, video=False), *amid], key=lambda tag: tag.timestamp)
    tags += [dataclasses.replace(tag, timestamp=16000) for tag in sets]
    tags += between(16, 30, video=True)

    def error() -> str:
        known = states.states(ingress.ingress_id)
        return known[-1].error if known else ""

    async with (
        Memory.watched(stack) as memory,
        await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher,
    ):
        playing = asyncio.create_task(publisher.play(tags))
        await until(lambda: WORDS in error(), 20, "a warning in the state")
        beeps = len(viewer.beeps)
        await until(lambda: WORDS not in error(), 30, "the end of the warning")
        assert len(viewer.beeps) >= beeps + 3, viewer.summary()
        frames = len(viewer.frames)
        await until(lambda: len(viewer.frames) >= frames + 60, 10, viewer.summary)
        assert not publisher.closed.is_set()
        await publisher.unpublish()
        playing.cancel()
    assert "ERROR" not in states.statuses(ingress.ingress_id)
    assert memory.most < MOST_BYTES


@pytest.mark.parametrize(
    ("pictures", "word"),
    [
        (LargePictures(1920, 1080), "1920x1088"),
        (LargePictures(1280, 720, "yuv444p10le", 16), "16 reference pictures of 1280x720, 4:4:4"),
    ],
    ids=["size", "references"],
)
async def test_the_limit_is_the_operators(
    stack: Stack,
    make_ingress: MakeIngress,
    make_service: MakeService,
    states: StateLog,
    pictures: LargePictures,
    word: str,
):
    service = make_service(stack.default_ingress_config(), max_input_pixels=1280 * 720)
    await service.process.wait_log("ready for encoders", 30)
    info = await make_ingress()
    async with await RtmpPublisher.publishing(service.rtmp_url, info.stream_key) as publisher:
        error = await refused(publisher, pictures.tags(), states, info.ingress_id)
    assert WORDS in error
    assert word in error


async def test_a_camera_with_4096_by_2304_is_encoded(
    stack: Stack, make_ingress: MakeIngress, watch: Watch, states: StateLog
):
    layer = api.IngressVideoEncodingPreset.H264_720P_30FPS_1_LAYER
    info = await make_ingress(video=api.IngressVideoOptions(preset=layer))
    viewer = await watch()
    tags = LargePictures(2304, 4096, references=2).tags()
    async with await RtmpPublisher.publishing(info.url, info.stream_key) as publisher:
        playing = asyncio.create_task(publisher.play(tags))
        await states.wait_status(info.ingress_id, "PUBLISHING", 10)
        await until(lambda: len(viewer.frames) >= 3, 20, viewer.summary)
        assert not publisher.closed.is_set()
        playing.cancel()
