"""Whatever the line or the encoder does, the delay returns to where it was, and lips stay right."""

import asyncio
import statistics
import time
from collections.abc import Callable

from livekit import api

from conftest import Watch
from devstack import until
from kit import flv
from kit.clips import SMALL
from kit.measure import av_offsets_sent, median_ms
from kit.rtmp import RtmpPublisher
from kit.viewer import Viewer

FPS = 30
NEAR = 0.6  # seconds: a slow machine is that far off now and then; the faults are seconds
LAST = 100  # frames that are judged


class Watched:
    """A clip on its way to a viewer."""

    def __init__(self, viewer: Viewer, started: float, due: Callable[[float], float]):
        self.viewer, self._started, self._due = viewer, started, due

    def delays(self, first: float = 0, last: float = 1e9) -> list[float]:
        """Seconds from when each frame would be sent without an event to when it was seen.

        Only frames that the clip shows from second `first` to second `last`.
        """
        return [
            frame.at - self._started - frame.number / FPS
            for frame in self.viewer.frames
            if frame.number is not None and first <= frame.number / FPS < last
        ]

    async def wait_shown(self, second: float) -> None:
        """Until a frame of this second of the clip, or a later one, was seen."""
        await until(lambda: self.delays(second), 60, self.viewer.summary)

    async def wait_lips(self, since: int) -> None:
        def offsets() -> list[float]:
            return av_offsets_sent(self.viewer, FPS, beeps_since=since)

        def agree() -> bool:
            return len(offsets()) >= 4 and abs(median_ms(offsets()[-4:])) < 40

        await until(agree, 30, lambda: f"audio after video by {offsets()} s")


async def play(
    publisher: RtmpPublisher, viewer: Viewer, due: Callable[[float], float]
) -> tuple[Watched, asyncio.Task]:
    task = asyncio.create_task(publisher.play(flv.read(SMALL.path()), due))
    return Watched(viewer, time.monotonic(), due), task


async def test_the_burst_after_a_stall_is_caught_up_with(
    clips: None, ingress: api.IngressInfo, watch: Watch
):
    """The line is dead from second 10 to second 15; then all comes at once."""
    viewer = await watch()
    async with await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher:
        watched, task = await play(publisher, viewer, lambda t: 15 if 10 <= t < 15 else t)
        await watched.wait_shown(17)
        beeps = len(viewer.beeps)
        await watched.wait_shown(25)
        floor = statistics.median(watched.delays(5, 10))
        assert statistics.median(watched.delays(21, 25)) < floor + NEAR
        await watched.wait_lips(beeps)
        task.cancel()


async def test_an_encoder_that_pauses_and_goes_on_stays_visible(
    clips: None, ingress: api.IngressInfo, watch: Watch
):
    """It stands still for three seconds and goes on with its old numbers, never to catch up."""
    viewer = await watch()
    pause = 3
    async with await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher:
        watched, task = await play(publisher, viewer, lambda t: t if t < 10 else t + pause)
        # No more than a group of pictures is lost.
        await until(lambda: watched.delays(10, 13.5), 30, viewer.summary)
        beeps = len(viewer.beeps)
        await watched.wait_shown(25)
        floor = statistics.median(watched.delays(5, 10))
        assert abs(statistics.median(watched.delays(21, 25)) - floor - pause) < NEAR
        await watched.wait_lips(beeps)
        task.cancel()


async def test_a_backlog_at_the_start_is_skipped(
    clips: None, ingress: api.IngressInfo, watch: Watch
):
    """The encoder sends ten seconds at once and goes on in real time."""
    viewer = await watch()
    head = 10
    async with await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher:
        watched, task = await play(publisher, viewer, lambda t: max(0, t - head))
        await watched.wait_shown(25)
        # The last seconds are sent `head` seconds before the clip's own pace.
        late = statistics.median(watched.delays(21, 25)) + head
        assert late < 1 + NEAR
        await watched.wait_lips(0)
        task.cancel()
