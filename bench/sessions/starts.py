"""How soon a viewer sees something: connect to first frame, again and again."""

import asyncio
import contextlib
import time
from dataclasses import dataclass

from devstack import WaitTimeout, until
from kit.clips import FULL
from kit.routes import routes
from sessions import measures
from sessions.bed import Bed, Options, Refused
from sessions.measurement import Measurement
from sessions.session import THREE_LAYERS
from sessions.source import Act, Source, Stamped

_FIRST_FRAME_SECONDS = 15
_AFTER = 1.0  # seconds that a stream goes on; also the rest between two
_SETTLED = 1.5  # seconds until a viewer who has joined also has a transport


@dataclass(frozen=True)
class Starts(Measurement):
    """Each publish into a fresh room with its viewer there, with a warm handler where there is one.

    The first frame is the first that the viewer decodes, of whatever size.
    """

    clip: Stamped = FULL
    preset: int = THREE_LAYERS
    may_publish: bool = True  # the viewer, see Bed.viewer()

    def prepare(self, options: Options) -> None:
        self.clip.path()

    async def run(self, bed: Bed) -> dict:
        idle = len(bed.stack.ingress.handlers())
        times, failed = [], []
        for number in range(bed.options.starts):
            try:
                times.append(await self._start(bed, f"start-{number}-{time.monotonic_ns()}"))
            except (Refused, WaitTimeout) as error:
                failed.append(str(error))
            with contextlib.suppress(WaitTimeout):
                await until(lambda: len(bed.stack.ingress.handlers()) == idle, 15, "rest")
            await asyncio.sleep(_AFTER)
        if not times:
            raise Refused(failed[0])
        return {
            "connect_to_first_frame_ms": measures.median(times),
            "worst_ms": max(times),
            "all_ms": times,
            **({"failed": failed} if failed else {}),
        }

    async def _start(self, bed: Bed, room: str) -> int:
        watching = bed.viewer(room, may_publish=self.may_publish)
        async with bed.ingress(room, self.preset) as info, watching as viewer:
            await asyncio.sleep(_SETTLED)
            source = Source([Act(self.clip, _FIRST_FRAME_SECONDS + 2)])
            running = asyncio.create_task(source.run(info))
            try:
                await until(
                    lambda: viewer.frames or running.done(), _FIRST_FRAME_SECONDS, "a first frame"
                )
                if not viewer.frames:
                    running.result()
                await asyncio.sleep(_AFTER)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
            if bed.side == "ours" and not routes(bed.stack, info):
                raise Refused("no route was taken")
            return round((viewer.frames[0].at - source.connected_at) * 1000)
