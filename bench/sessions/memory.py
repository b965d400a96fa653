"""Private memory of a session before, during and after a bridge and a while of the ladder."""

import asyncio
import time
from dataclasses import dataclass, field

from livekit import api

from kit.clips import FULL, LONG_GOP, WITH_B_FRAMES
from kit.routes import routes
from sessions import processes
from sessions.bed import Bed, Options
from sessions.measurement import Measurement
from sessions.processes import ProcessorTime
from sessions.source import Act, Source

ONE_LAYER = api.IngressVideoEncodingPreset.H264_720P_30FPS_1_LAYER

# Seconds of the stream: key frames come at 0, 10, 20 … until it turns to B-frames at 60, which
# last to 76; then it is plain again. A second viewer comes in the middle of a GOP, and the bridge
# for them ends with the next key frame. The ladder ends with the first key frame after it.
_ACTS = [Act(LONG_GOP, 60), Act(WITH_B_FRAMES, 16), Act(FULL, 36)]
_JOINS, _LEAVES = 14, 22
_BEFORE = (4, 14)
_BRIDGE, _LADDER = (14, 20), (62, 76)
_MOMENTS = {
    "bridge_ended_10_s_ago": 30,
    "bridge_ended_30_s_ago": 50,
    "ladder_ended_10_s_ago": 88,
    "ladder_ended_30_s_ago": 108,
}
_NEAR = 10  # megabytes more than before count as given back


@dataclass
class Samples:
    """Megabytes by second of the stream: of the handler with all that it started."""

    by_second: dict[int, float] = field(default_factory=dict)

    def at(self, second: int) -> float | None:
        return self.by_second.get(second)

    def most(self, first: int, last: int) -> float | None:
        return max(self._between(first, last), default=None)

    def least(self, first: int, last: int) -> float | None:
        return min(self._between(first, last), default=None)

    def back(self, before: float | None, since: int) -> int | None:
        """Seconds from `since` until memory was near what it was before."""
        near = (
            second - since
            for second, mb in sorted(self.by_second.items())
            if second >= since and before is not None and mb <= before + _NEAR
        )
        return next(near, None)

    def _between(self, first: int, last: int) -> list[float]:
        return [mb for second, mb in self.by_second.items() if first <= second < last]

    async def keep(self, processor: ProcessorTime, source: Source) -> None:
        await source.first_written()
        started = time.monotonic()
        for second in range(round(sum(act.seconds for act in _ACTS))):
            await asyncio.sleep(max(0, started + second - time.monotonic()))
            for handler in processes.busy_handlers(processor, 1):
                self.by_second[second] = processes.private_megabytes(handler)


@dataclass(frozen=True)
class MemoryAfter(Measurement):
    def prepare(self, options: Options) -> None:
        for act in _ACTS:
            act.clip.path()

    async def run(self, bed: Bed) -> dict:
        room, samples = f"memory-{time.monotonic_ns()}", Samples()
        processor = ProcessorTime(bed.stack.ingress.process.pid)
        async with bed.ingress(room, ONE_LAYER) as info, bed.viewer(room):
            source = Source(_ACTS)
            others = [
                asyncio.create_task(samples.keep(processor, source)),
                asyncio.create_task(_second_viewer(bed, room, source)),
            ]
            try:
                await source.run(info)
            finally:
                for task in others:
                    task.cancel()
                await asyncio.gather(*others, return_exceptions=True)
            taken = routes(bed.stack, info)
        return _judge(samples) | ({"routes": taken} if bed.side == "ours" else {})


async def _second_viewer(bed: Bed, room: str, source: Source) -> None:
    await source.first_written()
    await asyncio.sleep(_JOINS)
    async with bed.viewer(room, identity="second"):
        await asyncio.sleep(_LEAVES - _JOINS)


def _judge(samples: Samples) -> dict:
    # The least: a start on a busy machine may have cost a bridge of its own.
    private = {"before": samples.least(*_BEFORE)}
    private |= {name: samples.at(second) for name, second in _MOMENTS.items()}
    private |= {"most_in_bridge": samples.most(*_BRIDGE), "most_in_ladder": samples.most(*_LADDER)}
    before = private["before"]
    more = {
        name: round(mb - before, 1)
        for name, mb in private.items()
        if name != "before" and mb is not None and before is not None
    }
    return {
        "private_mb": private,
        "more_than_before_mb": more,
        "bridge_given_back_after_s": samples.back(before, _BRIDGE[1]),
        "ladder_given_back_after_s": samples.back(before, _LADDER[1]),
        "by_second_mb": samples.by_second,
    }
