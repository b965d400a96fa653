"""The sound of a clip in other codecs than its AAC, and parts of it left out."""

import dataclasses
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from kit import flv
from kit.clips import Clip
from kit.flv import AUDIO, Tag

# Audio tags of Enhanced RTMP: format 9, then the packet type; the FourCC follows.
_OPUS_HEADER, _OPUS_PACKET = b"\x90Opus", b"\x91Opus"
_OPUS_MS = 20


def encoded(clip: Clip, *options: str) -> list[Tag]:
    """The clip with its sound as FFmpeg encodes it by `options`, in one of FLV's old formats."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.flv"
        _ffmpeg(clip, "-c:v", "copy", *options, str(file))
        return flv.read(file)


def as_opus(clip: Clip) -> list[Tag]:
    """The clip with Opus as Enhanced RTMP carries it; FFmpeg before 8 cannot write that."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.ogg"
        _ffmpeg(clip, "-vn", "-c:a", "libopus", "-ac", "2", str(file))
        head, _, *packets = _ogg_packets(file.read_bytes())
    tags = [tag for tag in flv.read(clip.path()) if tag.kind != AUDIO]
    tags.append(Tag(AUDIO, 0, _OPUS_HEADER + head))
    tags += [Tag(AUDIO, i * _OPUS_MS, _OPUS_PACKET + data) for i, data in enumerate(packets)]
    return sorted(tags, key=lambda tag: tag.timestamp)


def as_enhanced(clip: Clip, fourcc: bytes, encoder: str) -> list[Tag]:
    """The clip with its sound by FFmpeg's `encoder`, as Enhanced RTMP carries it under `fourcc`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"clip.{encoder}"
        _ffmpeg(clip, "-vn", "-c:a", encoder, "-ac", "2", str(file))
        data, packets = file.read_bytes(), _packets(file)
    start = data[: 4 + 4 + 34] if encoder == "flac" else b""  # marker, STREAMINFO
    tags = [tag for tag in flv.read(clip.path()) if tag.kind != AUDIO]
    tags.append(Tag(AUDIO, 0, b"\x90" + fourcc + start))
    tags += [
        Tag(AUDIO, round(time * 1000), b"\x91" + fourcc + data[at : at + size])
        for time, size, at in packets
    ]
    return sorted(tags, key=lambda tag: tag.timestamp)


def _packets(file: Path) -> list[tuple[float, int, int]]:
    """Time, size and position of each packet in a file."""
    command = ["ffprobe", "-v", "error", "-show_entries", "packet=pts_time,size,pos"]
    text = subprocess.check_output([*command, "-of", "csv=p=0", str(file)], text=True)
    rows = (line.strip(",").split(",") for line in text.split())
    return [(float(time), int(size), int(at)) for time, size, at in rows]


def bunched(tags: list[Tag], frames: int, last: bool = False) -> list[tuple[float, Tag]]:
    """Tags with the second at which each is sent: audio in bunches, when the last frame of each is
    there. All have the timestamp of the first of them, or of the last."""
    sent: list[tuple[float, Tag]] = []
    bunch: list[Tag] = []
    for tag in tags:
        if tag.kind != AUDIO or tag.is_header:
            sent.append((tag.timestamp / 1000, tag))
            continue
        bunch.append(tag)
        if len(bunch) == frames:
            time = bunch[-1 if last else 0].timestamp
            at = bunch[-1].timestamp / 1000
            sent += [(at, dataclasses.replace(one, timestamp=time)) for one in bunch]
            bunch = []
    return sorted(sent, key=lambda one: one[0])


def only_where(tags: list[Tag], sounds: Callable[[float], bool]) -> list[Tag]:
    """The tags without the sound of the seconds for which `sounds` says no."""
    return [
        tag for tag in tags if tag.kind != AUDIO or tag.is_header or sounds(tag.timestamp / 1000)
    ]


def _ffmpeg(clip: Clip, *options: str) -> None:
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(clip.path()), *options]
    subprocess.run(command, check=True, timeout=120)


def _ogg_packets(data: bytes) -> Iterator[bytes]:
    """The packets of a stream (RFC 3533 §6): a segment shorter than 255 bytes ends one."""
    at, packet = 0, b""
    while at + 27 <= len(data):
        segments = data[at + 27 : at + 27 + data[at + 26]]
        at += 27 + len(segments)
        for size in segments:
            packet += data[at : at + size]
            at += size
            if size < 255:
                yield packet
                packet = b""
