"""AMF0 as far as RTMP commands need it."""

import struct
from typing import Any


def encode(*values: Any) -> bytes:
    return b"".join(_encode_one(value) for value in values)


def _encode_one(value: Any) -> bytes:
    match value:
        case None:
            return b"\x05"
        case bool():
            return bytes([1, value])
        case int() | float():
            return b"\x00" + struct.pack(">d", value)
        case str():
            return b"\x02" + _name(value)
        case dict():
            pairs = b"".join(_name(key) + _encode_one(item) for key, item in value.items())
            return b"\x03" + pairs + b"\x00\x00\x09"
    raise TypeError(f"no AMF0 form for {type(value).__name__}")


def _name(text: str) -> bytes:
    return struct.pack(">H", len(text.encode())) + text.encode()


def decode(data: bytes) -> list[Any]:
    """All values of a command message."""
    reader, values = _Reader(data), []
    while reader.left:
        values.append(reader.value())
    return values


class _Reader:
    def __init__(self, data: bytes):
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def value(self) -> Any:
        match self._take(1)[0]:
            case 0x00:
                return struct.unpack(">d", self._take(8))[0]
            case 0x01:
                return self._take(1) != b"\x00"
            case 0x02:
                return self._text()
            case 0x03:
                return self._pairs()
            case 0x05 | 0x06:
                return None
            case 0x08:
                self._take(4)
                return self._pairs()
            case 0x0A:
                return [self.value() for _ in range(int.from_bytes(self._take(4), "big"))]
            case marker:
                raise ValueError(f"AMF0 marker {marker:#x} is not expected in a reply")

    def _pairs(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while self._data[self._at : self._at + 3] != b"\x00\x00\x09":
            name = self._text()
            result[name] = self.value()
        self._take(3)
        return result

    def _text(self) -> str:
        return self._take(int.from_bytes(self._take(2), "big")).decode()

    def _take(self, count: int) -> bytes:
        if self.left < count:
            raise ValueError("AMF0 value is cut short")
        self._at += count
        return self._data[self._at - count : self._at]
