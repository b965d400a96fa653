"""FLV files as lists of tags, and the ways to spoil them."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

AUDIO, VIDEO, SCRIPT = 8, 9, 18


@dataclass(frozen=True)
class Tag:
    kind: int  # AUDIO, VIDEO or SCRIPT
    timestamp: int  # milliseconds
    body: bytes

    @property
    def is_header(self) -> bool:
        """An AVC or AAC sequence header."""
        if self.kind == VIDEO:
            return len(self.body) > 1 and self.body[0] & 0x0F == 7 and self.body[1] == 0
        return (
            self.kind == AUDIO
            and len(self.body) > 1
            and self.body[0] >> 4 == 10
            and self.body[1] == 0
        )

    @property
    def is_key_frame(self) -> bool:
        """A key frame of AVC: not its sequence header, not the end of its sequence."""
        return self.kind == VIDEO and self.body[:2] == b"\x17\x01"


def read(path: Path) -> list[Tag]:
    """Every tag of the file, in order. Layout of a tag: Adobe FLV 10.1, annex E.4.1."""
    return list(_tags(path.read_bytes()))


def _tags(data: bytes) -> Iterator[Tag]:
    at = 9 + 4  # file header, first PreviousTagSize
    while at + 11 <= len(data):
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        timestamp = int.from_bytes(data[at + 4 : at + 7], "big") | data[at + 7] << 24
        yield Tag(data[at], timestamp, data[at + 11 : at + 11 + size])
        at += 11 + size + 4


def without_headers(tags: list[Tag]) -> list[Tag]:
    return [tag for tag in tags if not tag.is_header and tag.kind != SCRIPT]


def with_corrupt_sps(tags: list[Tag]) -> list[Tag]:
    """The same stream, but the SPS in its AVC sequence header is noise after the profile bytes."""
    return [_corrupt_sps(tag) if tag.kind == VIDEO and tag.is_header else tag for tag in tags]


def _corrupt_sps(tag: Tag) -> Tag:
    # Five bytes of the video tag, six of the AVCDecoderConfigurationRecord, then the SPS's length.
    sps = 5 + 6 + 2
    length = int.from_bytes(tag.body[sps - 2 : sps], "big")
    noise = tag.body[sps : sps + 4] + b"\x00" * (length - 4)
    return dataclasses.replace(tag, body=tag.body[:sps] + noise + tag.body[sps + length :])
