"""An encoder whose clock runs fast or slow for minutes: nothing may add up."""

import asyncio
import bisect
import time
from dataclasses import dataclass

from livekit import api

from kit.clips import FULL
from kit.measure import av_offsets
from kit.viewer import Viewer
from sessions import measures
from sessions.bed import Bed, Options
from sessions.measurement import Measurement
from sessions.source import Act, Pace, Source, Stamped

ONE_LAYER = api.IngressVideoEncodingPreset.H264_720P_30FPS_1_LAYER
_WINDOW = 20  # seconds, half of the clip: in it a number stands for one picture only
_SETTLE = 8  # seconds that are not judged


@dataclass(frozen=True)
class Drift(Measurement):
    """`sign` times the ppm of the command line.

    What adds up is ppm × time, so time can be compressed: 4000 ppm for 3 minutes are the 720 ms
    that 200 ppm make in an hour.
    """

    sign: int
    clip: Stamped = FULL
    preset: int = ONE_LAYER

    def prepare(self, options: Options) -> None:
        self.clip.path()

    async def run(self, bed: Bed) -> dict:
        ppm = self.sign * bed.options.ppm
        seconds = bed.options.minutes * 60
        room = f"drift-{time.monotonic_ns()}"
        async with bed.ingress(room, self.preset) as info, bed.viewer(room) as viewer:
            source = Source([Act(self.clip, seconds * (1 + ppm / 1e6))], Pace(ppm=ppm))
            await source.run(info)
            await asyncio.sleep(1)
            return self._judge(source, viewer, ppm, seconds)

    def _judge(self, source: Source, viewer: Viewer, ppm: float, seconds: float) -> dict:
        delays = [d for d in measures.delays(source, viewer) if d.at > _SETTLE]
        lips = [point for point in self._lips(source, viewer) if point[0] > _SETTLE]
        return {
            "ppm": ppm,
            "minutes": round(seconds / 60, 2),
            "clocks_apart_at_end_ms": round(ppm * seconds / 1000),
            "same_as_200_ppm_for_minutes": round(abs(ppm) * seconds / 60 / 200, 1),
            "delay_ms": measures.median([d.ms for d in delays]),
            "delay_by_window_ms": measures.by_second(delays, _WINDOW),
            "delay_trend_ms_per_minute": measures.trend_per_minute([(d.at, d.ms) for d in delays]),
            "sound_minus_picture_by_window_ms": _by_window(lips),
            "sound_minus_picture_trend_ms_per_minute": measures.trend_per_minute(lips),
            "sizes": measures.sizes(measures.stamped(viewer)),
        }

    def _lips(self, source: Source, viewer: Viewer) -> list[tuple[float, float]]:
        """(seconds after connect, sound minus picture in milliseconds) of each beep."""
        frames, points = measures.stamped(viewer), []
        times = [frame.at for frame in frames]
        for beep in viewer.beeps:
            first = bisect.bisect_left(times, beep.at - _WINDOW / 4)
            near = frames[first : bisect.bisect_left(times, beep.at + _WINDOW / 4)]
            points += [
                (beep.at - source.connected_at, offset * 1000)
                for offset in av_offsets(near, [beep], self.clip.fps)
            ]
        return points


def _by_window(points: list[tuple[float, float]]) -> dict[int, float | None]:
    windows: dict[int, list[float]] = {}
    for at, value in points:
        windows.setdefault(int(at) // _WINDOW * _WINDOW, []).append(value)
    return {at: measures.median(values) for at, values in sorted(windows.items())}
