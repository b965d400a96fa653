"""Judgements over what a viewer saw."""

import statistics

from kit.tone import PITCHES, Beep
from kit.viewer import SeenFrame

_CLIP_RESTART = 300  # frames
_FARTHEST = 3.5  # seconds: beyond that the pitch, which repeats, no longer tells the second


def av_offsets(frames: list[SeenFrame], beeps: list[Beep], fps: int) -> list[float]:
    """Seconds by which each beep came after the frame it belongs to."""
    first_seen: dict[int, float] = {}
    for frame in frames:
        if frame.number is not None and frame.number % fps == 0:
            first_seen.setdefault(frame.number // fps, frame.at)
    offsets = []
    for beep in beeps:
        same = [
            beep.at - at
            for second, at in first_seen.items()
            if second % len(PITCHES) == beep.second and abs(beep.at - at) < _FARTHEST
        ]
        if same:
            offsets.append(min(same, key=abs))
    return offsets


def median_ms(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000


def numbers(frames: list[SeenFrame]) -> list[int]:
    return [frame.number for frame in frames if frame.number is not None]


def backward_steps(sequence: list[int]) -> list[tuple[int, int]]:
    """Neighbours where the picture went back in time or stood still.

    A leap back of more than ten seconds is the clip that starts again.
    """
    pairs = zip(sequence, sequence[1:], strict=False)
    return [(a, b) for a, b in pairs if a - _CLIP_RESTART < b <= a]
