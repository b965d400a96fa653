"""A viewer keeps the size they watch when the input pauses."""

import asyncio
from itertools import pairwise

import pytest
from livekit import api

from conftest import Watch
from devstack import until
from kit import flv
from kit.clips import SMALL
from kit.rtmp import RtmpPublisher
from kit.viewer import SeenFrame, Viewer

SIZE = (640, 360)
PAUSES_AT = 10  # second of the clip
SETTLED = 1.0  # seconds after the picture is back


def after_the_pause(viewer: Viewer) -> list[SeenFrame]:
    """The frames from the moment the picture was back; empty before."""
    frames = viewer.frames
    gaps = [i + 1 for i, (one, next_) in enumerate(pairwise(frames)) if next_.at - one.at > 0.6]
    return frames[gaps[-1] :] if gaps else []


@pytest.mark.parametrize("pause", [1, 5], ids=["a-second", "five-seconds"])
async def test_a_pause_of_the_input_costs_no_size(
    clips: None, ingress: api.IngressInfo, watch: Watch, pause: int
):
    """Without a word to the SFU, viewers get the smallest layer for eight seconds after it."""
    viewer = await watch()
    async with await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher:
        end = PAUSES_AT + pause
        task = asyncio.create_task(
            publisher.play(flv.read(SMALL.path()), lambda t: end if PAUSES_AT <= t < end else t)
        )

        def watched_long_enough() -> list[SeenFrame]:
            back = after_the_pause(viewer)
            return back if back and back[-1].at - back[0].at > 6 else []

        await until(lambda: viewer.frames and viewer.frames[-1].size == SIZE, 30, viewer.summary)
        back = await until(watched_long_enough, 60, viewer.summary)
        task.cancel()
    settled = [frame for frame in back if frame.at - back[0].at > SETTLED]
    assert {frame.size for frame in settled} == {SIZE}
