"""Stamped pictures with beeps, made once and kept."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit import cache, stamp, tone


@dataclass(frozen=True)
class Clip:
    """What to make. Frame n carries the number n; with each full second a beep starts."""

    width: int = 1280
    height: int = 720
    fps: int = 30
    seconds: int = 40
    kbps: int = 1500
    gop_seconds: float = 2
    bframes: int = 0
    profile: str = "high"
    video: bool = True
    audio: bool = True

    @property
    def frames(self) -> int:
        return self.fps * self.seconds

    def path(self) -> Path:
        """The FLV file, made now if it is not there."""
        name = cache.name_of(self, __file__)
        return cache.kept("clips", name, lambda folder: _encode(self, folder)) / "clip.flv"


# The clips of the tests. Encoders send them again and again; the beeps go on as before when the
# length is a multiple of the eight pitches.
FULL = Clip()
WITH_B_FRAMES = Clip(bframes=2)
LONG_GOP = Clip(gop_seconds=10)
SMALL = Clip(width=640, height=360, kbps=600)
SILENT = Clip(width=640, height=360, kbps=600, audio=False)
SOUND_ONLY = Clip(video=False)
ALL = (FULL, WITH_B_FRAMES, LONG_GOP, SMALL, SILENT, SOUND_ONLY)


class Pictures:
    """The luma planes of a moving scene: a soft texture that drifts, stamped."""

    def __init__(self, width: int, height: int):
        self._width, self._height = width, height
        self._span = 256  # how far the texture drifts before it turns
        coarse = np.random.default_rng(1).uniform(40, 200, (24, 40))
        rows = np.linspace(0, coarse.shape[0] - 1.001, height + self._span)
        columns = np.linspace(0, coarse.shape[1] - 1.001, width + self._span)
        self._texture = _bilinear(coarse, rows, columns).astype(np.uint8)

    def luma(self, number: int) -> np.ndarray:
        """Frame `number` as an array of its own, shape (height, width)."""
        dx = abs((number * 3) % (2 * self._span) - self._span)
        dy = abs(number % (2 * self._span) - self._span)
        plane = self._texture[dy : dy + self._height, dx : dx + self._width].copy()
        stamp.draw(plane, number)
        return plane


def chroma(width: int, height: int) -> bytes:
    """Both chroma planes of a greenish picture without detail, 4:2:0."""
    return bytes([118]) * (width * height // 4) + bytes([112]) * (width * height // 4)


def _bilinear(coarse: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    r, c = rows.astype(int), columns.astype(int)
    fr, fc = (rows - r)[:, None], (columns - c)[None, :]
    top = coarse[r][:, c] * (1 - fc) + coarse[r][:, c + 1] * fc
    bottom = coarse[r + 1][:, c] * (1 - fc) + coarse[r + 1][:, c + 1] * fc
    return top * (1 - fr) + bottom * fr


def x264(fps: int, kbps: int, gop_seconds: float, bframes: int, profile: str) -> list[str]:
    """FFmpeg's arguments for a steady stream with a key frame each `gop_seconds`, no other."""
    gop, rate = str(round(gop_seconds * fps)), f"{kbps}k"
    argv = ["-c:v", "libx264", "-preset", "veryfast", "-profile:v", profile]
    argv += ["-bf", str(bframes), "-b_strategy", "0", "-sc_threshold", "0"]
    return [*argv, "-g", gop, "-keyint_min", gop, "-b:v", rate, "-maxrate", rate, "-bufsize", rate]


def _encode(clip: Clip, folder: Path) -> None:
    argv = ["ffmpeg", "-v", "error", "-y"]
    if clip.video:
        argv += ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{clip.width}x{clip.height}"]
        argv += ["-r", str(clip.fps), "-i", "-"]
    if clip.audio:
        tone.write_wave(folder / "beeps.wav", clip.seconds)
        argv += ["-i", str(folder / "beeps.wav"), "-c:a", "aac", "-b:a", "128k", "-ac", "2"]
    if clip.video:
        argv += x264(clip.fps, clip.kbps, clip.gop_seconds, clip.bframes, clip.profile)
        argv += ["-pix_fmt", "yuv420p"]
    argv += ["-f", "flv", str(folder / "clip.flv")]
    encoder = subprocess.Popen(argv, stdin=subprocess.PIPE)
    with encoder.stdin as pipe:
        if clip.video:
            pictures, colour = Pictures(clip.width, clip.height), chroma(clip.width, clip.height)
            for number in range(clip.frames):
                pipe.write(pictures.luma(number).tobytes() + colour)
    if status := encoder.wait():
        raise RuntimeError(f"ffmpeg could not make {clip}: status {status}")
