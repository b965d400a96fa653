"""Figures over what a viewer saw and heard of a source."""

import statistics
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kit.measure import av_offsets
from kit.viewer import SeenFrame, Viewer
from sessions.source import Source


@dataclass(frozen=True)
class Delay:
    at: float  # seconds after the encoder connected
    ms: float  # from the encoder's write to the viewer's picture


def delays(source: Source, viewer: Viewer) -> list[Delay]:
    found = []
    for frame in stamped(viewer):
        delay = source.delay_ms(frame)
        if delay is not None:
            found.append(Delay(frame.at - source.connected_at, delay))
    return found


def stamped(viewer: Viewer) -> list[SeenFrame]:
    return [frame for frame in viewer.frames if frame.number is not None]


def median(values: list[float], digits: int = 0) -> float | None:
    if not values:
        return None
    middle = statistics.median(values)
    return round(middle, digits) if digits else round(middle)


def percentile(values: list[float], share: float) -> float | None:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def by_second(found: list[Delay], every: int = 1) -> dict[int, int]:
    seconds: dict[int, list[float]] = {}
    for delay in found:
        seconds.setdefault(int(delay.at) // every * every, []).append(delay.ms)
    return {second: round(statistics.median(all_)) for second, all_ in sorted(seconds.items())}


def sizes(frames: list[SeenFrame]) -> dict[str, int]:
    return dict(Counter(f"{frame.width}x{frame.height}" for frame in frames))


def lips(frames: list[SeenFrame], viewer: Viewer, fps: int) -> dict[str, int | None]:
    """Sound minus picture in milliseconds."""
    if not frames:
        return {"median": None, "min": None, "max": None, "beeps": 0}
    near = [b for b in viewer.beeps if frames[0].at - 1 < b.at < frames[-1].at + 1]
    offsets = [offset * 1000 for offset in av_offsets(frames, near, fps)]
    return {
        "median": median(offsets),
        "min": round(min(offsets)) if offsets else None,
        "max": round(max(offsets)) if offsets else None,
        "beeps": len(near),
    }


def watched(source: Source, viewer: Viewer) -> dict:
    """What every session with a viewer tells."""
    frames, found = stamped(viewer), delays(source, viewer)
    first = round((frames[0].at - source.connected_at) * 1000) if frames else None
    return {
        "connect_to_first_frame_ms": first,
        "delay_ms": median([delay.ms for delay in found]),
        "delay_p95_ms": round(percentile([d.ms for d in found], 0.95) or 0) if found else None,
        "delay_by_second_ms": by_second(found),
        "sound_minus_picture_ms": lips(frames, viewer, source.acts[0].clip.fps),
        "sizes": sizes(frames),
    }


def recovery(source: Source, viewer: Viewer, begin: float, end: float) -> dict:
    """How things are after a trouble that lasted from `begin` to `end`, seconds after connect.

    The floor is the best second of the session outside of the trouble.
    """
    frames = stamped(viewer)
    calm = [d for d in delays(source, viewer) if d.at < begin or d.at >= end + 1]
    medians = by_second(calm)
    later = [d.ms for d in calm if end + 9.5 <= d.at < end + 10.5]
    back = next((f.at for f in frames if f.at - source.connected_at >= end), None)
    settled = [f for f in frames if back is not None and f.at >= back + 1]
    before = [f for f in frames if begin - 3 <= f.at - source.connected_at < begin]
    floor = min(medians.values(), default=None)
    return {
        "floor_ms": floor,
        "ten_seconds_later_ms": median(later),
        "above_floor_ms": median(later) - floor if later and floor is not None else None,
        "sizes_before": sizes(before),
        "sizes_from_1_s_after": sizes(settled),
        "longest_gap_from_1_s_after_ms": round(
            max((b.at - a.at for a, b in pairwise(settled)), default=0) * 1000
        ),
        "sound_minus_picture_ms": lips(settled, viewer, source.acts[0].clip.fps),
    }


def trend_per_minute(points: list[tuple[float, float]]) -> float | None:
    """Slope of the line of least squares through (seconds, value), times 60."""
    if len(points) < 3:
        return None
    at, values = np.array(points).T
    return round(float(np.polyfit(at, values, 1)[0]) * 60, 2)
