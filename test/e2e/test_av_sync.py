"""Sound and picture reach viewers together, however far apart an encoder sends them."""

import asyncio
import re
import statistics
from dataclasses import dataclass

import pytest
from livekit import api

from conftest import Watch
from devstack import Stack, until
from kit import flv
from kit.clips import SMALL
from kit.flv import AUDIO, VIDEO, Tag
from kit.measure import av_offsets_sent
from kit.rtmp import RtmpPublisher
from kit.viewer import Viewer

FPS = 30
SETTLED = 5  # seconds after a change
# Milliseconds. A busy machine adds to what the gateway does: 40 and 80 hold where it is idle.
MEDIAN, EXTREME = 60, 120


@dataclass(frozen=True)
class Phase:
    """How much later than its time each kind of message is sent, until a second of the clip."""

    until: int
    video: float = 0
    audio: float = 0
    bunch: float = 0  # sound comes together for so long

    def due(self, tag: Tag) -> float:
        second = tag.timestamp / 1000
        if tag.kind != AUDIO:
            return second + self.video
        if self.bunch and not tag.is_header:
            second = (second // self.bunch + 1) * self.bunch
        return second + self.audio


def schedule(tags: list[Tag], phases: list[Phase]) -> list[tuple[float, Tag]]:
    """When to send which tag: by its kind never before the one that precedes it."""
    out, latest = [], {AUDIO: 0.0, VIDEO: 0.0}
    for tag in tags:
        phase = next((p for p in phases if tag.timestamp / 1000 < p.until), None)
        if phase is None:
            break
        latest[tag.kind] = max(latest.get(tag.kind, 0), phase.due(tag))
        out.append((latest[tag.kind], tag))
    return sorted(out, key=lambda item: item[0])


def offset_of(viewer: Viewer, second: int) -> float | None:
    """Milliseconds by which the beep of this second of the clip came after its picture."""
    offsets = av_offsets_sent(viewer, FPS, of_second=second)
    return offsets[-1] * 1000 if offsets else None


async def tells_of_skew(stack: Stack, seconds: float) -> bool:
    """Whether the metrics name this skew of late video, and warn of it."""
    metrics = await stack.ingress.metrics()
    told = re.search(r'av_skew_seconds{[^}]*late="video"} (\S+)', metrics)
    warned = re.search(r'ingress_warnings{[^}]*code="av_skew"[^}]*} 1', metrics)
    return bool(told and warned) and abs(float(told[1]) - seconds) < 0.05


def agree(offsets: list[float | None]) -> bool:
    seen = [offset for offset in offsets if offset is not None]
    return (
        len(seen) >= len(offsets) - 1
        and abs(statistics.median(seen)) < MEDIAN
        and max(map(abs, seen)) < EXTREME
    )


@pytest.mark.parametrize(
    "phases",
    [
        pytest.param([Phase(14, video=1.5)], id="video-late-from-the-start"),
        pytest.param(
            [
                Phase(9, audio=0.2),
                Phase(18, video=0.2),
                Phase(27, bunch=0.2133),
                Phase(38, video=1.5),
            ],
            id="one-skew-after-the-other",
        ),
    ],
)
async def test_sound_and_picture_arrive_together(
    phases: list[Phase],
    clips: None,
    stack: Stack,
    ingress: api.IngressInfo,
    watch: Watch,
):
    viewer = await watch()
    async with await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher:
        tags = flv.read(SMALL.path())
        task = asyncio.create_task(publisher.play_at(schedule(tags, phases)))
        await until(lambda: tells_of_skew(stack, phases[-1].video), 60, "the skew in the metrics")
        await task
        await asyncio.sleep(1)
    began = 0
    for phase in phases:
        offsets = [offset_of(viewer, second) for second in range(began + SETTLED, phase.until)]
        assert agree(offsets), f"{phase}: audio after video by {offsets} ms"
        began = phase.until
