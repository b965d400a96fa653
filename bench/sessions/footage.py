"""Stamped clips of real footage, or of a made picture whose detail is like nature's."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from kit import cache, clips, stamp, tone

_FOOTAGE_SECONDS = 10  # kept in memory while a clip is made; then forth and back
_FILM_KBPS = 2500  # at least
EVERY = 15  # each so-many-th frame is kept to compare with


@dataclass(frozen=True)
class Footage:
    """`file` is anything that FFmpeg reads; None makes a picture."""

    file: Path | None = None
    width: int = 1280
    height: int = 720
    fps: int = 30
    seconds: int = 32
    kbps: int = 2500
    gop_seconds: float = 2
    bframes: int = 0

    def path(self) -> Path:
        """The FLV file, made now if it is not there."""
        return self._made() / "clip.flv"

    def source_frames(self) -> np.ndarray:
        """Luma of frames 0, EVERY, 2·EVERY … before they were coded: (count, height, width)."""
        return np.load(self._made() / "frames.npy", mmap_mode="r")

    def _made(self) -> Path:
        age = self.file.stat().st_mtime_ns if self.file else 0
        name = cache.name_of((self, age), __file__, clips.__file__)
        return cache.kept("footage", name, lambda folder: _make(self, folder))


def filmed(clip: clips.Clip, file: Path | None) -> clips.Clip | Footage:
    """The same of a film, at a bitrate that films need.

    The clip itself where there is no film, or no sound in the clip: footage always beeps.
    """
    if not file or not clip.audio:
        return clip
    return Footage(
        file,
        width=clip.width,
        height=clip.height,
        fps=clip.fps,
        seconds=clip.seconds,
        kbps=max(clip.kbps, _FILM_KBPS),
        gop_seconds=clip.gop_seconds,
        bframes=clip.bframes,
    )


def _make(clip: Footage, folder: Path) -> None:
    kept = []
    encoder = subprocess.Popen(_encoder(clip, folder), stdin=subprocess.PIPE)
    with encoder.stdin as pipe:
        for number, picture in enumerate(islice(_pictures(clip), clip.fps * clip.seconds)):
            picture = picture.copy()
            luma = picture[: clip.height]
            stamp.draw(luma, number)
            if number % EVERY == 0:
                kept.append(luma.copy())
            pipe.write(picture.tobytes())
    if status := encoder.wait():
        raise RuntimeError(f"ffmpeg could not make {clip}: status {status}")
    np.save(folder / "frames.npy", np.array(kept))


def _encoder(clip: Footage, folder: Path) -> list[str]:
    tone.write_wave(folder / "beeps.wav", clip.seconds)
    argv = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p"]
    argv += ["-s", f"{clip.width}x{clip.height}", "-r", str(clip.fps), "-i", "-"]
    argv += ["-i", str(folder / "beeps.wav"), "-c:a", "aac", "-b:a", "128k", "-ac", "2"]
    argv += clips.x264(clip.fps, clip.kbps, clip.gop_seconds, clip.bframes, "high")
    return [*argv, "-f", "flv", str(folder / "clip.flv")]


def _pictures(clip: Footage) -> Iterator[np.ndarray]:
    """I420 pictures without an end, shape (height · 3 / 2, width)."""
    return _real(clip) if clip.file else _made_up(clip)


def _real(clip: Footage) -> Iterator[np.ndarray]:
    scaled = f"fps={clip.fps},scale={clip.width}:{clip.height}:flags=bicubic"
    argv = ["ffmpeg", "-v", "error", "-i", str(clip.file), "-t", str(_FOOTAGE_SECONDS)]
    argv += ["-vf", scaled, "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"]
    raw = subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, clip.height * 3 // 2, clip.width)
    # Forth and back, so that no cut shows.
    order = [*range(len(frames)), *range(len(frames) - 2, 0, -1)]
    while True:
        for i in order:
            yield frames[i]


def _made_up(clip: Footage) -> Iterator[np.ndarray]:
    """Two textures that move against each other, and a sensor's noise.

    Their amplitudes fall with rising frequency as those of photographs do.
    """
    random = np.random.default_rng(1)
    span = 256  # pixels that a texture moves before it turns
    shape = (clip.height + span, clip.width + span)
    back, front = _pink(random, shape, 1.25), _pink(random, shape, 1.25)
    mask = _pink(random, shape, 2.0) > 0.5
    grain = random.normal(0, 0.7, (8, clip.height, clip.width))
    colour = np.full((clip.height // 2, clip.width), 122, np.uint8)
    number = 0
    while True:
        near, far = _swing(number * 4, span), _swing(number, span)
        rows, columns = slice(far // 2, far // 2 + clip.height), slice(far, far + clip.width)
        picture = 110 + 38 * back[rows, columns]
        rows, columns = slice(near // 4, near // 4 + clip.height), slice(near, near + clip.width)
        picture = np.where(mask[rows, columns], 130 + 38 * front[rows, columns], picture)
        luma = np.clip(picture + grain[number * 5 % 8], 16, 235).astype(np.uint8)
        yield np.concatenate([luma, colour])
        number += 1


def _swing(at: int, span: int) -> int:
    return abs((at + span) % (2 * span) - span)


def _pink(random: np.random.Generator, shape: tuple[int, int], slope: float) -> np.ndarray:
    """Noise of mean 0 and deviation 1 whose amplitude falls with frequency to the `slope`."""
    rows, columns = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :]
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(random.normal(size=shape)) / frequency**slope
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, shape)
    return field / field.std()
