"""A session, or several at a time, of one source: processor time, memory, delay, lips, sizes."""

import asyncio
import contextlib
import time
from dataclasses import dataclass

from livekit import api

from devstack import WaitTimeout, until
from kit.clips import FULL, Clip
from kit.routes import routes
from kit.viewer import Viewer
from sessions import light_viewers, measures, processes
from sessions.bed import Bed, Options, Refused
from sessions.busy import busy_machine
from sessions.footage import filmed
from sessions.light_viewers import LightViewers
from sessions.measurement import Measurement
from sessions.processes import ProcessorTime
from sessions.source import Act, Pace, Source

_BETWEEN_STARTS = 0.5  # seconds: ten at once would measure the start
_FIRST_PICTURE_SECONDS = 15
_JOIN_SECONDS = 3  # of one viewer, on a slow machine
THREE_LAYERS = api.IngressVideoEncodingPreset.H264_720P_30FPS_3_LAYERS


@dataclass(frozen=True)
class Joins:
    """Viewers who come one after another."""

    count: int
    every: float  # seconds


@dataclass(frozen=True)
class Session(Measurement):
    clip: Clip = FULL
    preset: int = THREE_LAYERS
    quality: str | None = "high"  # None: nobody watches
    sessions: int = 1
    light: bool = False  # viewers that decode nothing
    pace: Pace = Pace()
    trouble: tuple[float, float] | None = None  # begin and end, seconds; judged afterwards
    steal: tuple[float, float] | None = None  # begin and length of a busy machine, seconds
    joins: Joins | None = None
    settle: float = 6  # seconds before processor time is counted
    counted: float = 0  # seconds of it; 0: to the end
    seconds: float = 0  # at least

    def prepare(self, options: Options) -> None:
        filmed(self.clip, options.footage).path()
        if self.light:
            light_viewers.build()

    async def run(self, bed: Bed) -> dict:
        room = f"bench-{time.monotonic_ns()}"
        rooms = [f"{room}-{i}" for i in range(self.sessions)]
        async with contextlib.AsyncExitStack() as held:
            infos = [await held.enter_async_context(bed.ingress(r, self.preset)) for r in rooms]
            audience, light = [], None
            if self.light:
                watching = light_viewers.light_viewers(bed.stack, rooms)
                light = await held.enter_async_context(watching)
            elif self.quality:
                audience = [
                    await held.enter_async_context(bed.viewer(r, self.quality)) for r in rooms
                ]
            return await self._measure(bed, infos, audience, light)

    async def _measure(
        self,
        bed: Bed,
        infos: list[api.IngressInfo],
        audience: list[Viewer],
        light: LightViewers | None,
    ) -> dict:
        length = self._length(bed.options)
        # In seconds of media: what is sent at once counts too.
        clip = filmed(self.clip, bed.options.footage)
        acts = [Act(clip, length + self.pace.burst)]
        sources = [Source(acts, self.pace) for _ in infos]
        running: list[asyncio.Task] = []
        try:
            async with busy_machine(self.steal):
                for source, info in zip(sources, infos, strict=True):
                    running.append(asyncio.create_task(source.run(info)))
                    await asyncio.sleep(_BETWEEN_STARTS if self.sessions > 1 else 0)
                result = await self._count(bed, infos[0], length, light, running)
                await asyncio.wait(running)
        finally:
            for task in running:
                task.cancel()
            ended = await asyncio.gather(*running, return_exceptions=True)
        result |= self._shares(result["cores"]["sum"], ended)
        await asyncio.sleep(1)
        if bed.side == "ours":
            result["routes"] = routes(bed.stack, infos[0])
        if audience:
            result |= measures.watched(sources[0], audience[0])
        if audience and self.trouble:
            result["after_trouble"] = measures.recovery(sources[0], audience[0], *self.trouble)
        return result

    async def _count(
        self,
        bed: Bed,
        info: api.IngressInfo,
        length: float,
        light: LightViewers | None,
        running: list[asyncio.Task],
    ) -> dict:
        """Processor time from `settle` to a second before the end, memory at the end of that."""
        processor = ProcessorTime(bed.stack.ingress.process.pid)
        sampling = asyncio.create_task(processor.keep_sampling())
        try:
            began = time.monotonic()  # of the last, when there are several
            await _sleep_while(running, min(self.settle, length - 3))
            if all(task.done() for task in running):
                running[0].result()  # says why
            before, at = processor.seconds(), time.monotonic()
            report = len(light.reports) if light else 0
            joined = await self._join_times(bed, info.room_name)
            end = began + length - 1 - _BETWEEN_STARTS * (self.sessions - 1)
            if self.counted:
                end = began + self.settle + self.counted
            await _sleep_while(running, max(1, end - time.monotonic()))
            cores = processes.cores(before, processor.seconds(), time.monotonic() - at)
            memory = processes.memory(processor, self.sessions)
        finally:
            sampling.cancel()
        result: dict = {"cores": cores, "memory_mb": processes.memory_report(memory)}
        if joined:
            result["join_to_first_frame_ms"] = joined | {"p50": measures.median(joined["all"])}
        if light:
            result["viewers"] = light.since(report)
        return result

    async def _join_times(self, bed: Bed, room: str) -> dict:
        """Join to first picture, in milliseconds, at different places in the GOP."""
        times, missed = [], 0
        for number in range(self.joins.count if self.joins else 0):
            await asyncio.sleep(self.joins.every)
            began = time.monotonic()
            async with bed.viewer(room, identity=f"late-{number}") as viewer:
                try:
                    await until(lambda who=viewer: who.frames, _FIRST_PICTURE_SECONDS, "a picture")
                    times.append(round((viewer.frames[0].at - began) * 1000))
                except WaitTimeout:
                    missed += 1
        if not self.joins:
            return {}
        return {"all": times, "worst": max(times, default=None), "missed": missed}

    def _shares(self, cores: float, ended: list) -> dict:
        """What one session cost, and how many were refused."""
        errors = [error for error in ended if isinstance(error, BaseException)]
        if unexpected := [error for error in errors if not isinstance(error, Refused)]:
            raise unexpected[0]
        taken = len(ended) - len(errors)
        if not taken:
            raise errors[0]
        found: dict = {"cores_per_session": round(cores / taken, 4)} if self.sessions > 1 else {}
        return found | (
            {"refused": f"{len(errors)} of {len(ended)}: {errors[0]}"} if errors else {}
        )

    def _length(self, options: Options) -> float:
        joins = 0.0
        if self.joins:
            joins = self.settle + self.joins.count * (self.joins.every + _JOIN_SECONDS) + 3
        return max(options.seconds, self.seconds, joins)


async def _sleep_while(running: list[asyncio.Task], seconds: float) -> None:
    """Sleeps; less when all sources have ended, because nothing is left to measure."""
    await asyncio.wait(running, timeout=seconds)
