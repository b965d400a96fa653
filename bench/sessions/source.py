"""An encoder that sends stamped clips as a scenario says, and notes when it wrote each picture."""

import asyncio
import bisect
import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from livekit import api

from devstack import until
from kit import flv
from kit.rtmp import RtmpPublisher
from kit.viewer import SeenFrame
from sessions.bed import Refused


class Stamped(Protocol):
    """A clip whose picture n carries the number n."""

    fps: int
    seconds: int

    def path(self) -> Path: ...


@dataclass(frozen=True)
class Pace:
    """When media is sent. All in seconds but `ppm`."""

    burst: float = 0  # of media that is sent at once in the beginning
    stall: tuple[float, float] | None = None  # begin and length; then all at once
    ppm: float = 0  # how much faster the encoder's clock runs than ours

    def due(self, media: float) -> float:
        due = media / (1 + self.ppm / 1e6) - self.burst
        if self.stall and 0 <= due - self.stall[0] < self.stall[1]:
            return sum(self.stall)
        return due


@dataclass(frozen=True)
class Act:
    """A part of a stream: so many seconds of a clip, from its start, again and again."""

    clip: Stamped
    seconds: float


@dataclass(frozen=True)
class Written:
    tag: flv.Tag
    number: int | None  # of the picture in it


@dataclass
class Source:
    acts: list[Act]
    pace: Pace = Pace()
    connected_at: float = 0.0  # monotonic seconds, of the attempt
    sent: dict[int, list[float]] = field(default_factory=dict)  # number -> monotonic seconds

    async def run(self, info: api.IngressInfo) -> None:
        """Publishes all acts; raises Refused when the ingress does not take, or drops, them."""
        self.connected_at = time.monotonic()
        try:
            publisher = await RtmpPublisher.publishing(info.url, info.stream_key)
        except (AssertionError, OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            raise Refused(str(error) or type(error).__name__) from error
        async with publisher:
            await self._play(publisher)
            await publisher.unpublish()

    def delay_ms(self, frame: SeenFrame) -> float | None:
        """From when the picture was last written to when it was seen."""
        times = self.sent.get(frame.number, [])
        before = bisect.bisect_right(times, frame.at)
        return (frame.at - times[before - 1]) * 1000 if before else None

    async def first_written(self) -> None:
        await until(lambda: self.sent, 30, "a picture written")

    async def _play(self, publisher: RtmpPublisher) -> None:
        started = time.monotonic()
        for written in written_in(self.acts):
            due = started + self.pace.due(written.tag.timestamp / 1000)
            await asyncio.sleep(max(0, due - time.monotonic()))
            if written.number is not None:
                self.sent.setdefault(written.number, []).append(time.monotonic())
            try:
                await publisher.send_tag(written.tag)
            except ConnectionError as error:
                raise Refused(f"dropped after {time.monotonic() - started:.1f} s") from error
            if publisher.closed.is_set():
                raise Refused(f"dropped after {time.monotonic() - started:.1f} s")


def written_in(acts: list[Act]) -> Iterator[Written]:
    begin = 0
    for act in acts:
        end = begin + round(act.seconds * 1000)
        while begin < end:
            length = min(end - begin, act.clip.seconds * 1000)
            yield from _once(act.clip, begin, length)
            begin += length


def _once(clip: Stamped, begin: int, length: int) -> Iterator[Written]:
    """The first `length` milliseconds of a clip, moved to `begin`."""
    tags = flv.read(clip.path())
    # With B-frames the first picture is presented some frames late.
    first = next(round(_presented(tag) * clip.fps / 1000) for tag in tags if _is_picture(tag))
    for tag in tags:
        if tag.kind == flv.SCRIPT or tag.timestamp >= length:
            continue
        number = None
        if _is_picture(tag):
            number = round(_presented(tag) * clip.fps / 1000) - first
        yield Written(dataclasses.replace(tag, timestamp=begin + tag.timestamp), number)


def _is_picture(tag: flv.Tag) -> bool:
    return tag.kind == flv.VIDEO and not tag.is_header and tag.body[1] == 1


def _presented(tag: flv.Tag) -> int:
    return tag.timestamp + int.from_bytes(tag.body[2:5], "big", signed=True)
