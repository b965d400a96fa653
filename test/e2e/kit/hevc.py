"""A stamped clip as HEVC in Enhanced RTMP video tags, which this FFmpeg cannot write."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from kit import cache, clips
from kit.flv import VIDEO, Tag

_VPS, _SPS, _PPS, _AUD = 32, 33, 34, 35
_HEADER, _KEY, _INTER = 0x80 | 1 << 4 | 0, 0x80 | 1 << 4 | 3, 0x80 | 2 << 4 | 3
_FOURCC = b"hvc1"


def tags(width: int, height: int, fps: int, seconds: int, coded_width: int) -> list[Tag]:
    """Sequence header and pictures (CodedFramesX: no composition time), in order. Where
    `coded_width` is not `width` the pixels are not square."""
    parameter_sets: dict[int, bytes] = {}
    out: list[Tag] = []
    pictures = list(_pictures(_encode(width, height, fps, seconds, coded_width), parameter_sets))
    out.append(Tag(VIDEO, 0, bytes([_HEADER]) + _FOURCC + _config(parameter_sets)))
    for number, (key, body) in enumerate(pictures):
        kind = _KEY if key else _INTER
        out.append(Tag(VIDEO, number * 1000 // fps, bytes([kind]) + _FOURCC + body))
    return out


def _encode(width: int, height: int, fps: int, seconds: int, coded_width: int) -> bytes:
    def make(folder: Path) -> None:
        argv = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p"]
        argv += ["-s", f"{width}x{height}", "-r", str(fps), "-i", "-", "-c:v", "libx265"]
        argv += ["-vf", f"setsar=1,scale={coded_width}:{height}"]  # keeps the shape
        argv += ["-preset", "ultrafast", "-b:v", "800k", "-pix_fmt", "yuv420p10le"]
        argv += ["-x265-params", "log-level=none:aud=1:bframes=0:keyint=30:repeat-headers=1"]
        encoder = subprocess.Popen([*argv, str(folder / "clip.hevc")], stdin=subprocess.PIPE)
        with encoder.stdin as pipe:
            drawn, colour = clips.Pictures(width, height), clips.chroma(width, height)
            for number in range(fps * seconds):
                pipe.write(drawn.luma(number).tobytes() + colour)
        if status := encoder.wait():
            raise RuntimeError(f"ffmpeg could not encode HEVC: status {status}")

    name = cache.name_of((width, height, fps, seconds, coded_width), __file__, clips.__file__)
    return (cache.kept("hevc", name, make) / "clip.hevc").read_bytes()


def _pictures(stream: bytes, parameter_sets: dict[int, bytes]) -> Iterator[tuple[bool, bytes]]:
    """(key frame, length-prefixed units) of each access unit; each begins with a delimiter."""
    key, body = False, b""
    for unit in stream.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]:
        kind = unit[0] >> 1 & 0x3F
        if kind == _AUD:
            if body:
                yield key, body
            key, body = False, b""
        elif kind in (_VPS, _SPS, _PPS):
            parameter_sets[kind] = unit
        else:
            key = key or 16 <= kind <= 21
            body += len(unit).to_bytes(4, "big") + unit
    if body:
        yield key, body


def _config(parameter_sets: dict[int, bytes]) -> bytes:
    """HEVCDecoderConfigurationRecord, ISO/IEC 14496-15 §8.3.3.1."""
    sps = parameter_sets[_SPS]
    record = bytes([1]) + sps[3:15]  # profile, compatibility, constraints, level
    record += bytes([0xF0, 0, 0xFC, 0xFC | 1, 0xF8 | 2, 0xF8 | 2, 0, 0, 0x0F, len(parameter_sets)])
    for kind, unit in sorted(parameter_sets.items()):
        record += bytes([kind, 0, 1]) + len(unit).to_bytes(2, "big") + unit
    return record
