"""A beep on each whole second whose pitch says which second it is.

The pitch repeats after eight seconds, so audio and video can be matched even when they are
seconds apart.
"""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SAMPLE_RATE = 48000
BEEP_SECONDS = 0.1
PITCHES = [
    600 + 200 * i for i in range(8)
]  # hertz; whole cycles in a second: no click at the start

_AMPLITUDE = 0.5
_NOISE = 0.001  # keeps encoders from treating the pauses as digital silence
_WINDOW = 96  # samples, 2 ms
_ONSET, _RELEASE = 0.06, 0.02  # RMS of full scale
_PITCH_WINDOW = 2400  # samples, 50 ms: 20 Hz a bin


def samples(start: int, count: int, rate: int = SAMPLE_RATE) -> np.ndarray:
    """`count` mono samples in int16 from sample `start` on."""
    t = (start + np.arange(count)) / rate
    pitch = np.asarray(PITCHES)[np.floor(t).astype(int) % len(PITCHES)]
    beep = _AMPLITUDE * np.sin(2 * np.pi * pitch * t) * (t % 1 < BEEP_SECONDS)
    noise = _NOISE * np.random.default_rng(start).uniform(-1, 1, count)
    return ((beep + noise) * 32767).astype(np.int16)


def write_wave(path: Path, seconds: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples(0, seconds * SAMPLE_RATE).tobytes())


@dataclass(frozen=True)
class Beep:
    at: float  # monotonic seconds of its onset
    second: int  # of the source, modulo len(PITCHES); -1 when the pitch is none of ours


class BeepDetector:
    """Finds beeps in a running signal of 48 kHz mono int16."""

    def __init__(self) -> None:
        self.beeps: list[Beep] = []
        self.lengths: list[float] = []  # seconds, of the beeps that are over
        self._pending = np.empty(0, np.float32)
        self._pending_at = 0.0  # time of the first pending sample
        self._loud = False

    def feed(self, block: np.ndarray, ends_at: float) -> None:
        """`ends_at`: monotonic seconds of the block's last sample."""
        self._pending = np.concatenate([self._pending, block.astype(np.float32) / 32768])
        self._pending_at = ends_at - len(self._pending) / SAMPLE_RATE
        while len(self._pending) >= _WINDOW + _PITCH_WINDOW:
            self._step()

    def _step(self) -> None:
        level = float(np.sqrt(np.mean(self._pending[:_WINDOW] ** 2)))
        if not self._loud and level > _ONSET:
            self._loud = True
            self.beeps.append(Beep(self._pending_at, self._second()))
        elif self._loud and level < _RELEASE:
            self._loud = False
            self.lengths.append(self._pending_at - self.beeps[-1].at)
        self._pending = self._pending[_WINDOW:]
        self._pending_at += _WINDOW / SAMPLE_RATE

    def _second(self) -> int:
        part = self._pending[_WINDOW : _WINDOW + _PITCH_WINDOW]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        peak = int(np.argmax(spectrum)) * SAMPLE_RATE / len(part)
        nearest = min(range(len(PITCHES)), key=lambda i: abs(PITCHES[i] - peak))
        return nearest if abs(PITCHES[nearest] - peak) <= 40 else -1
