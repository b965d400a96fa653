"""A viewer keeps the size they watch when the input pauses."""

import asyncio
import dataclasses
from itertools import pairwise

import pytest
from livekit import api

from conftest import Watch
from devstack import until
from kit import flv
from kit.clips import FULL, SMALL
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog
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


GROWS_AT = 4  # second of the clip
LARGE = (1280, 720)


def growing() -> list[flv.Tag]:
    """640x360 that becomes 1280x720 at a key frame; the sound goes on as it was."""
    small = [tag for tag in flv.read(SMALL.path()) if tag.kind != flv.VIDEO]
    small += [tag for tag in flv.read(SMALL.path()) if tag.kind == flv.VIDEO]
    edge = GROWS_AT * 1000
    before = [tag for tag in small if tag.kind != flv.VIDEO or tag.timestamp < edge]
    large = [tag for tag in flv.read(FULL.path()) if tag.kind == flv.VIDEO]
    headers = [dataclasses.replace(tag, timestamp=edge) for tag in large if tag.is_header]
    after = [tag for tag in large if not tag.is_header and tag.timestamp >= edge]
    return sorted(before + headers + after, key=lambda tag: tag.timestamp)


async def test_a_source_that_grows_gets_a_track_with_larger_layers(
    clips: None, ingress: api.IngressInfo, watch: Watch, states: StateLog
):
    viewer = await watch()
    seconds = 14
    async with await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher:
        tags = (tag for tag in growing() if tag.timestamp < seconds * 1000)
        playing = asyncio.create_task(publisher.play(tags))
        await until(lambda: viewer.frames and viewer.frames[-1].size == SIZE, 30, viewer.summary)
        began = viewer.frames[0].at
        person = await viewer.participant("encoder")
        sid, before = person.sid, set(person.track_publications)
        await playing
    assert (await viewer.participant("encoder")).sid == sid
    first = next((frame for frame in viewer.frames if frame.size == LARGE), None)
    assert first, viewer.summary()
    assert first.at - began < GROWS_AT + 8
    gaps = [(two.at - one.at, one.at - began) for one, two in pairwise(viewer.frames)]
    assert max(gap for gap in gaps if gap[1] > 1)[0] < 1.2, sorted(gaps)[-3:]
    # From then on it stays large.
    settled = [frame for frame in viewer.frames if frame.at > first.at + SETTLED]
    assert {frame.size for frame in settled} == {LARGE}
    assert all(one.number < two.number for one, two in pairwise(settled))
    # One video track took another's place; sound was not touched.
    after = set(person.track_publications)
    assert len(before & after) == 1
    assert len(after) == 2
    beeps = [beep for beep in viewer.beeps if beep.at > began + 1]
    rests = [two.at - one.at for one, two in pairwise(beeps)]
    assert len(beeps) > seconds - 5
    assert max(rests) < 1.1
    state = states.states(ingress.ingress_id)[-1]
    assert {track.sid for track in state.tracks} == after
