"""What is left of the picture, by layer: SSIM of what viewers see against the source."""

import asyncio
import contextlib
import statistics
import time
from dataclasses import dataclass

import numpy as np

from kit.routes import routes
from kit.viewer import SeenFrame
from sessions import measures, processes
from sessions.bed import QUALITIES, Bed, Options
from sessions.footage import EVERY, Footage
from sessions.measurement import Measurement
from sessions.processes import ProcessorTime
from sessions.session import THREE_LAYERS
from sessions.source import Act, Source
from sessions.ssim import scaled, ssim

_SETTLE = 8  # seconds that are not judged: viewers come to their layer
_LEAST_FRAMES = 5  # of a size; fewer are a passing one


class Keeper:
    """Copies of some of a viewer's frames."""

    def __init__(self, since: float):
        self._since = since  # monotonic seconds
        self.frames: list[tuple[SeenFrame, np.ndarray]] = []

    def take(self, frame: SeenFrame, luma: np.ndarray) -> None:
        if frame.number is None or frame.number % EVERY or frame.at < self._since:
            return
        self.frames.append((frame, luma.copy()))


@dataclass(frozen=True)
class Quality(Measurement):
    """Three viewers, one for each layer, so all layers are encoded."""

    bframes: int
    preset: int = THREE_LAYERS

    def prepare(self, options: Options) -> None:
        self._clip(options).path()

    async def run(self, bed: Bed) -> dict:
        clip, room = self._clip(bed.options), f"quality-{time.monotonic_ns()}"
        source = Source([Act(clip, max(bed.options.seconds, 20))])
        keepers = {quality: Keeper(time.monotonic() + _SETTLE) for quality in QUALITIES}
        async with contextlib.AsyncExitStack() as held:
            info = await held.enter_async_context(bed.ingress(room, self.preset))
            viewers = {}
            for quality, keeper in keepers.items():
                viewer = await held.enter_async_context(bed.viewer(room, quality, quality))
                viewer.on_picture = keeper.take
                viewers[quality] = viewer
            cores = await _run_counted(bed, source, info)
            await asyncio.sleep(1)
            taken = routes(bed.stack, info)
        layers = await asyncio.to_thread(_judge, clip, list(keepers.values()))
        result = {"cores": cores, "ssim": layers, "footage": str(clip.file or "made up")}
        result["seen"] = {
            quality: measures.sizes(measures.stamped(viewer)) for quality, viewer in viewers.items()
        }
        return result | ({"routes": taken} if bed.side == "ours" else {})

    def _clip(self, options: Options) -> Footage:
        return Footage(options.footage, bframes=self.bframes)


async def _run_counted(bed: Bed, source: Source, info: object) -> dict[str, float]:
    """Processor time from when viewers have settled to the end."""
    processor = ProcessorTime(bed.stack.ingress.process.pid)
    running = asyncio.create_task(source.run(info))
    sampling = asyncio.create_task(processor.keep_sampling())
    try:
        await asyncio.wait([running], timeout=_SETTLE)
        before, at = processor.seconds(), time.monotonic()
        await asyncio.wait([running], timeout=sum(a.seconds for a in source.acts) - _SETTLE - 1)
        cores = processes.cores(before, processor.seconds(), time.monotonic() - at)
        await running
    finally:
        sampling.cancel()
    return cores


def _judge(clip: Footage, keepers: list[Keeper]) -> dict[str, dict[str, float]]:
    sources, found = clip.source_frames(), {}
    for frame, luma in (kept for keeper in keepers for kept in keeper.frames):
        source = scaled(sources[frame.number // EVERY], frame.width, frame.height)
        found.setdefault(f"{frame.width}x{frame.height}", []).append(ssim(source, luma))
    return {
        size: {
            "frames": len(values),
            "mean": round(statistics.mean(values), 4),
            "p10": round(measures.percentile(values, 0.1), 4),
        }
        for size, values in sorted(found.items(), key=lambda item: -int(item[0].split("x")[0]))
        if len(values) >= _LEAST_FRAMES
    }
