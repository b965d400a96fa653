"""Judgements over what a viewer saw."""

import statistics
from dataclasses import replace

from kit.tone import PITCHES, Beep
from kit.viewer import SeenFrame, Viewer

_LAYER_CHANGE_OVERLAP = 10  # frames
_CLIP_RESTART = 300  # frames
_YOUNG_STREAM = 24  # frames
_FARTHEST = 3.5  # seconds: beyond that the pitch, which repeats, no longer tells the second


def av_offsets(frames: list[SeenFrame], beeps: list[Beep], fps: int) -> list[float]:
    """Seconds by which each beep came after its frame; beeps without a frame nearby are left out.

    Where a beep's own frame was lost, its neighbour tells when it would have been there.
    """
    due: dict[int, list[float]] = {}  # second of the source -> when its frame came
    for second, found in _nearest_to_seconds(frames, fps).items():
        late = found.number / fps - second
        due.setdefault(second % len(PITCHES), []).append(found.at - late)
    offsets = []
    for beep in beeps:
        near = [beep.at - at for at in due.get(beep.second, []) if abs(beep.at - at) < _FARTHEST]
        if near:
            offsets.append(min(near, key=abs))
    return offsets


def av_offsets_sent(
    viewer: Viewer,
    fps: int,
    frames_since: int = 0,
    beeps_since: int = 0,
    of_second: int | None = None,
) -> list[float]:
    """As av_offsets(), of what arrived: without the delay of the viewer's own jitter buffers.

    A receiver on a busy machine keeps sound for 50 to 300 ms longer than pictures, whoever sends.
    `of_second`: of the source; only what belongs to it counts.
    """
    frames = [
        replace(frame, at=frame.at - viewer.video_delay.at(frame.at))
        for frame in viewer.frames[frames_since:]
        if of_second is None or _shows(frame, of_second, fps)
    ]
    beeps = [
        replace(beep, at=beep.at - viewer.audio_delay.at(beep.at))
        for beep in viewer.beeps[beeps_since:]
    ]
    return av_offsets(frames, beeps, fps)


def _shows(frame: SeenFrame, second: int, fps: int) -> bool:
    return frame.number is not None and abs(frame.number / fps - second) < 0.3


def _nearest_to_seconds(frames: list[SeenFrame], fps: int) -> dict[int, SeenFrame]:
    """For each full second the frame whose number is nearest, at most a quarter second off."""
    nearest: dict[int, SeenFrame] = {}
    for frame in frames:
        if frame.number is None:
            continue
        second = round(frame.number / fps)
        distance = abs(frame.number - second * fps)
        best = nearest.get(second)
        if distance <= fps / 4 and (not best or distance < abs(best.number - second * fps)):
            nearest[second] = frame
    return nearest


def median_ms(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000


def numbers(frames: list[SeenFrame]) -> list[int]:
    return [frame.number for frame in frames if frame.number is not None]


def out_of_order(frames: list[SeenFrame]) -> list[str]:
    """Neighbours where the picture went back in time or stood still, in words.

    Where the SFU changes the layer, the new one may begin a little before the old one ended. A
    leap back of more than ten seconds is the clip that starts again. One back to the first pictures
    of the stream is its first key frame, sent once more for viewers who missed it, or shown while
    the encoder of the same picture begins.
    """
    stamped = [frame for frame in frames if frame.number is not None]
    steps = []
    for before, after in zip(stamped, stamped[1:], strict=False):
        overlap = 0 if before.size == after.size else _LAYER_CHANGE_OVERLAP
        if after.number <= before.number < _YOUNG_STREAM:
            continue
        if before.number - _CLIP_RESTART < after.number <= before.number - overlap:
            steps.append(f"{before.number} {before.size} -> {after.number} {after.size}")
    return steps
