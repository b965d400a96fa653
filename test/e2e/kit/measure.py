"""Judgements over what a viewer saw."""

import statistics

from kit.tone import PITCHES, Beep
from kit.viewer import SeenFrame

_LAYER_CHANGE_OVERLAP = 10  # frames
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


def out_of_order(frames: list[SeenFrame]) -> list[str]:
    """Neighbours where the picture went back in time or stood still, in words.

    Where the SFU changes the layer, the new one may begin a little before the old one ended. A
    leap back of more than ten seconds is the clip that starts again.
    """
    stamped = [frame for frame in frames if frame.number is not None]
    steps = []
    for before, after in zip(stamped, stamped[1:], strict=False):
        overlap = 0 if before.size == after.size else _LAYER_CHANGE_OVERLAP
        if before.number - _CLIP_RESTART < after.number <= before.number - overlap:
            steps.append(f"{before.number} {before.size} -> {after.number} {after.size}")
    return steps
