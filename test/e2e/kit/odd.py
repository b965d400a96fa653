"""Streams of encoders that divide their media into messages in their own way."""

import dataclasses
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from kit import flv
from kit.clips import Clip
from kit.flv import AUDIO, VIDEO, Tag

_HEAD = 5  # bytes of an AVC video tag before its data
_RECORD_SPS = _HEAD + 6  # where the first SPS of the record has its length
# Baseline, id 1, 32x32: nothing refers to it.
UNUSED_SPS = bytes.fromhex("6742c00a568964")
DELIMITER = bytes([9, 0xF0])


def sliced(clip: Clip, seconds: int, slices: int = 4) -> list[Tag]:
    """The first seconds of a clip, each picture in `slices` slices."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "sliced.flv"
        argv = ["ffmpeg", "-v", "error", "-i", str(clip.path()), "-t", str(seconds)]
        argv += ["-c:a", "copy", "-c:v", "libx264", "-preset", "veryfast", "-bf", "0"]
        argv += ["-g", str(clip.fps), "-b:v", f"{clip.kbps}k", "-x264-params", f"slices={slices}"]
        subprocess.run([*argv, "-f", "flv", str(target)], check=True)
        return flv.read(target)


def units(tag: Tag) -> list[bytes]:
    """The NAL units of a coded picture."""
    found, at = [], _HEAD
    while at + 4 <= len(tag.body):
        size = int.from_bytes(tag.body[at : at + 4], "big")
        found.append(tag.body[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def with_units(tag: Tag, these: list[bytes]) -> Tag:
    body = tag.body[:_HEAD] + b"".join(len(unit).to_bytes(4, "big") + unit for unit in these)
    return dataclasses.replace(tag, body=body)


def parameter_sets(tags: list[Tag]) -> tuple[bytes, bytes]:
    """SPS and PPS of a stream whose record has one of each."""
    body = next(tag.body for tag in tags if tag.kind == VIDEO and tag.is_header)
    sps_size = int.from_bytes(body[_RECORD_SPS : _RECORD_SPS + 2], "big")
    pps_at = _RECORD_SPS + 2 + sps_size + 1
    pps_size = int.from_bytes(body[pps_at : pps_at + 2], "big")
    return (
        body[_RECORD_SPS + 2 : _RECORD_SPS + 2 + sps_size],
        body[pps_at + 2 : pps_at + 2 + pps_size],
    )


def record(sps: list[bytes], pps: list[bytes]) -> bytes:
    """A sequence header with these sets."""
    out = b"\x17\0\0\0\0\x01" + sps[0][1:4] + b"\xff" + bytes([0xE0 | len(sps)])
    out += b"".join(len(unit).to_bytes(2, "big") + unit for unit in sps) + bytes([len(pps)])
    return out + b"".join(len(unit).to_bytes(2, "big") + unit for unit in pps)


def slices_apart(tags: list[Tag]) -> Iterator[Tag]:
    """Each unit in a message of its own; the record lists an SPS that is not in use first."""
    sps, pps = parameter_sets(tags)
    for tag in tags:
        if tag.kind == VIDEO and tag.is_header:
            yield dataclasses.replace(tag, body=record([UNUSED_SPS, sps], [pps]))
        elif tag.kind == VIDEO and tag.body[1:2] == b"\x01":
            for unit in units(tag):
                yield with_units(tag, [unit])
        else:
            yield tag


def all_apart(tags: list[Tag]) -> Iterator[Tag]:
    """The same without a record: delimiter, SPS and PPS have messages of their own, too."""
    sps, pps = parameter_sets(tags)
    for tag in tags:
        if tag.kind == VIDEO and tag.is_header:
            continue
        if tag.kind != VIDEO or tag.body[1:2] != b"\x01":
            yield tag
            continue
        inter = dataclasses.replace(tag, body=b"\x27" + tag.body[1:])
        for unit in [DELIMITER, *([sps, pps] if tag.is_key_frame else [])]:
            yield with_units(inter, [unit])
        for unit in units(tag):
            yield with_units(tag, [unit])


def sets_apart(tags: list[Tag]) -> Iterator[Tag]:
    """Whole pictures without a record; SPS and PPS come together before each key picture."""
    sps, pps = parameter_sets(tags)
    for tag in tags:
        if tag.kind == VIDEO and tag.is_header:
            continue
        if tag.is_key_frame:
            yield with_units(tag, [sps, pps])
        yield tag


# Larger than any level allows: 16384x16384, id 0.
_HUGE_SPS = bytes.fromhex("6742c01fda001000008019")

ODD_MESSAGES = {
    "one byte": b"\x17",
    "cut-off header": b"\x17\x01\x00",
    "one byte of Enhanced RTMP": b"\x90",
    "unknown multitrack type": b"\x96\x70avc1\x00" + bytes(8),
    "unknown FourCC": b"\x91vvc1" + bytes(20),
    "foreign codec": b"\x12" + bytes(20),
    "end of sequence": b"\x17\x02",
    "cut-off record": b"\x17\0\0\0\0\x01\x64\0",
    "huge SPS": record([_HUGE_SPS], []),
    "unit past the end": b"\x27\x01\0\0\0\0\0\xff\xffA",
    "noise": b"\x91\x7a\x7a\x7a\x7a\x7a",
}


def with_odd_messages(tags: list[Tag], start: float, every: float) -> Iterator[Tag]:
    """Each of ODD_MESSAGES, `every` seconds from second `start` on; then a key picture and another
    one that claim to be shown 30 s and 2.3 h after their time."""
    odd = [(start + number * every, body) for number, body in enumerate(ODD_MESSAGES.values())]
    late = [30_000, 0x7FFFFF]
    after = odd[-1][0] + every
    for tag in tags:
        while odd and tag.timestamp / 1000 >= odd[0][0]:
            yield Tag(VIDEO, tag.timestamp, odd.pop(0)[1])
        coded = tag.kind == VIDEO and tag.body[1:2] == b"\x01"
        if late and coded and tag.timestamp / 1000 >= after and (tag.is_key_frame or len(late) < 2):
            time = late.pop(0)
            tag = dataclasses.replace(
                tag, body=tag.body[:2] + time.to_bytes(3, "big") + tag.body[_HEAD:]
            )
        yield tag


ODD_AUDIO = {
    "one byte": b"\xaf",
    "no configuration": b"\xaf\0",
    "half a configuration": b"\xaf\0\x11",
    "a configuration of 1 Hz": b"\xaf\0\x17\x80\0\0\x88",
    "no frame": b"\xaf\x01",
    "noise for a frame": b"\xaf\x01" + b"\xa5" * 40,
    "one byte of Enhanced RTMP": b"\x90",
    "unknown FourCC": b"\x91zzzz" + bytes(20),
    "cut-off channel count": b"\x94mp4a",
    "unknown multitrack type": b"\x95\x70mp4a\0" + bytes(8),
    "foreign codec": b"\x72" + b"\xd5" * 80,
    "a codec of a device": b"\xff" + bytes(8),
    "Opus": b"\x91Opus\xfc\xff\xfe",
}


def with_odd_audio(tags: list[Tag], start: float, every: float) -> Iterator[Tag]:
    """Each of ODD_AUDIO, `every` seconds from second `start` on."""
    bodies = [(start + number * every, body) for number, body in enumerate(ODD_AUDIO.values())]
    for tag in tags:
        while bodies and tag.timestamp / 1000 >= bodies[0][0]:
            yield Tag(AUDIO, tag.timestamp, bodies.pop(0)[1])
        yield tag


Divide = Callable[[list[Tag]], Iterator[Tag]]
