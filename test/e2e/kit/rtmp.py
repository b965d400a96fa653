"""An RTMP publisher that does just what a test says, right or wrong, byte by byte if need be."""

import asyncio
import contextlib
import dataclasses
import os
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from devstack import until
from kit import amf
from kit.flv import Tag

HANDSHAKE_BYTES = 1536
_SET_CHUNK_SIZE, _PING_EVENT, _COMMAND = 1, 4, 20
_OUR_CHUNK_SIZE = 4096
_REPLY_SECONDS = 15


@dataclass(frozen=True)
class Status:
    """An onStatus of the server."""

    level: str
    code: str
    description: str


def _on_wire(timestamp: float) -> int:
    """Milliseconds as the 32 bits of a chunk hold them."""
    return int(timestamp) & 0xFFFFFFFF


class RtmpPublisher:
    """One connection. `statuses` grows as the server speaks; `closed` is set when it hangs up."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer
        self._results: dict[int, list] = {}
        self._stream_id = 0
        self._key = ""
        self._listening: asyncio.Task | None = None
        self._heard = asyncio.Event()  # set by every command of the server, and by the end
        self.statuses: list[Status] = []
        self.errors: list[Status] = []  # `_error` answers
        self.closed = asyncio.Event()

    @classmethod
    async def open(cls, url: str, source: str | None = None) -> "RtmpPublisher":
        """A bare connection to the host of `url`, of TLS for rtmps://, from the address `source`.

        Any certificate is taken.
        """
        where = urlsplit(url)
        tls = None
        if where.scheme == "rtmps":
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        local = (source, 0) if source else None
        return cls(
            *await asyncio.open_connection(
                where.hostname, where.port or 1935, ssl=tls, local_addr=local
            )
        )

    async def __aenter__(self) -> "RtmpPublisher":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listening:
            self._listening.cancel()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    # --- steps of a publish --------------------------------------------------------------------

    async def handshake(self) -> None:
        """The simple handshake: C0 C1, S0 S1 S2, C2."""
        await self.send_raw(b"\x03" + bytes(8) + os.urandom(HANDSHAKE_BYTES - 8))
        reply = await asyncio.wait_for(
            self._reader.readexactly(1 + 2 * HANDSHAKE_BYTES), _REPLY_SECONDS
        )
        await self.send_raw(reply[1 : 1 + HANDSHAKE_BYTES])
        self._listening = asyncio.create_task(self._listen())

    async def connect(self, url: str) -> None:
        """`url` is rtmp://host:port/app, or the same with rtmps."""
        await self.send_message(2, _SET_CHUNK_SIZE, 0, 0, struct.pack(">I", _OUR_CHUNK_SIZE))
        about = {"app": urlsplit(url).path.strip("/"), "type": "nonprivate", "tcUrl": url}
        await self.command("connect", 1, about)
        await self.result_of(1)
        await self.command("createStream", 2, None)
        self._stream_id = int((await self.result_of(2))[1])

    async def publish(self, key: str) -> Status:
        """Asks to publish and returns the server's first word on it."""
        self._key = key
        await self.command("publish", 3, None, key, "live", stream=self._stream_id)
        await self._hear(lambda: self.statuses, "an onStatus")
        return self.statuses[0]

    @classmethod
    async def publishing(cls, url: str, key: str, source: str | None = None) -> "RtmpPublisher":
        """Handshake, connect and publish; raises when the server refuses."""
        publisher = await cls.open(url, source)
        await publisher.handshake()
        await publisher.connect(url)
        status = await publisher.publish(key)
        assert status.code == "NetStream.Publish.Start", status
        return publisher

    async def play(
        self,
        tags: Iterable[Tag],
        due: Callable[[float], float] = lambda media: media,
        claimed: Callable[[Tag], float] = lambda tag: tag.timestamp,
    ) -> None:
        """Sends tags when their time comes; returns early when the server has hung up.

        `due` says how many seconds after the start media of a given second is sent, `claimed` which
        timestamp a tag is sent with.
        """
        await self.play_at(
            (due(tag.timestamp / 1000), dataclasses.replace(tag, timestamp=_on_wire(claimed(tag))))
            for tag in tags
        )

    async def play_at(self, schedule: Iterable[tuple[float, Tag]]) -> None:
        """Sends each tag so many seconds after the start, whatever its timestamp says."""
        started = time.monotonic()
        with contextlib.suppress(ConnectionError):
            for due, tag in schedule:
                with contextlib.suppress(TimeoutError):
                    pause = started + due - time.monotonic()
                    await asyncio.wait_for(self.closed.wait(), max(0, pause))
                if self.closed.is_set():
                    return
                await self.send_tag(tag)

    async def unpublish(self) -> None:
        """The orderly end, as FFmpeg and OBS do it."""
        await self.command("FCUnpublish", 4, None, self._key)
        await self.command("deleteStream", 5, None, self._stream_id)

    def reset(self) -> None:
        """Hangs up with a TCP reset."""
        on_with_no_linger = struct.pack("ii", 1, 0)
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_with_no_linger)
        self._writer.transport.abort()

    async def wait_closed(self, timeout: float) -> None:
        """After the handshake: waits until the server has hung up."""
        await until(self.closed.is_set, timeout, "the server hanging up")

    async def wait_hangup(self, timeout: float) -> None:
        """Before the handshake: the same, whatever bytes the server still sends."""

        async def drain() -> None:
            with contextlib.suppress(ConnectionError):
                while await self._reader.read(65536):
                    pass

        await asyncio.wait_for(drain(), timeout)

    # --- single messages -----------------------------------------------------------------------

    async def send_raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def send_tag(self, tag: Tag) -> None:
        await self.send_message(4, tag.kind, self._stream_id, tag.timestamp, tag.body)

    async def command(self, name: str, transaction: int, *values: object, stream: int = 0) -> None:
        body = amf.encode(name, transaction, *values)
        await self.send_message(3, _COMMAND, stream, 0, body)

    async def result_of(self, transaction: int) -> list:
        """The values of `_result` after its transaction id."""
        what = f"the result of transaction {transaction}"
        await self._hear(lambda: transaction in self._results, what)
        return self._results[transaction]

    async def send_message(
        self, chunk_stream: int, kind: int, stream: int, timestamp: int, body: bytes
    ) -> None:
        """A message with a full header in its first chunk and type 3 headers after it."""
        extended = struct.pack(">I", timestamp) if timestamp >= 0xFFFFFF else b""
        header = bytes([chunk_stream]) + min(timestamp, 0xFFFFFF).to_bytes(3, "big")
        header += len(body).to_bytes(3, "big") + bytes([kind]) + struct.pack("<I", stream)
        size = 128 if kind == _SET_CHUNK_SIZE else _OUR_CHUNK_SIZE
        parts = [header + extended + body[:size]]
        for at in range(size, len(body), size):
            parts.append(bytes([0xC0 | chunk_stream]) + extended + body[at : at + size])
        await self.send_raw(b"".join(parts))

    # --- what the server says ------------------------------------------------------------------

    async def _hear(self, condition: Callable[[], object], what: str) -> None:
        """Waits for the server to make `condition` true; at once, for starts are measured."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REPLY_SECONDS):
                while not condition() and not self.closed.is_set():
                    self._heard.clear()
                    await self._heard.wait()
        if not condition():
            end = "hung up" if self.closed.is_set() else f"said nothing for {_REPLY_SECONDS} s"
            raise AssertionError(f"the server {end}; waited for {what}")

    async def _listen(self) -> None:
        try:
            async for kind, body in _messages(self._reader):
                if kind == _COMMAND:
                    self._take_command(amf.decode(body))
                    self._heard.set()
                elif kind == _PING_EVENT and body[:2] == b"\x00\x06":  # ping: answer with pong
                    await self.send_message(2, _PING_EVENT, 0, 0, b"\x00\x07" + body[2:])
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.closed.set()
            self._heard.set()

    def _take_command(self, values: list) -> None:
        match values:
            case ["onStatus", _, _, dict() as about]:
                fields = (about.get(name, "") for name in ("level", "code", "description"))
                self.statuses.append(Status(*fields))
            case ["_result", transaction, *rest]:
                self._results[int(transaction)] = rest
            case ["_error", _, _, dict() as about]:
                fields = (about.get(name, "") for name in ("level", "code", "description"))
                self.errors.append(Status(*fields))


async def _messages(reader: asyncio.StreamReader):
    """Yields (message type id, body) for each whole message of the server."""
    chunk_size = 128
    headers: dict[int, tuple[int, int, bool]] = {}  # chunk stream: length, type, extended
    partial: dict[int, bytes] = {}
    while True:
        first = (await reader.readexactly(1))[0]
        form, chunk_stream = first >> 6, first & 0x3F
        if chunk_stream < 2:
            extra = await reader.readexactly(1 + chunk_stream)
            chunk_stream = 64 + int.from_bytes(extra, "little")
        length, kind, extended = headers.get(chunk_stream, (0, 0, False))
        if form < 3:
            head = await reader.readexactly((11, 7, 3)[form])
            extended = head[:3] == b"\xff\xff\xff"
            if form < 2:
                length, kind = int.from_bytes(head[3:6], "big"), head[6]
        if extended:
            await reader.readexactly(4)
        headers[chunk_stream] = (length, kind, extended)
        body = partial.pop(chunk_stream, b"")
        body += await reader.readexactly(min(chunk_size, length - len(body)))
        if len(body) < length:
            partial[chunk_stream] = body
            continue
        if kind == _SET_CHUNK_SIZE:
            chunk_size = int.from_bytes(body[:4], "big")
        yield kind, body
