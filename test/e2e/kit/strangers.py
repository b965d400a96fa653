"""The program that floods a service: `strangers.py KIND PORT COUNT SECONDS SOURCE`.

Says "all came" when every connection has been made, and JSON with what became of them when all have
ended.
"""

import asyncio
import contextlib
import json
import resource
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[3] / "script" / "lib")]

from kit import amf  # noqa: E402

HOST = "127.0.0.1"
HANDSHAKE_BYTES = 1536
AT_A_TIME = 200  # connections being made
MEBIBYTE = bytes(1 << 20)


def address(source: str, number: int) -> str:
    """Of the connection of this number: `source`, or one of the many under it ("127.1")."""
    if source.count(".") == 3:
        return source
    return f"{source}.{number // 250 % 250}.{number % 250 + 1}"


async def _open(port: int, source: str) -> socket.socket:
    peer = socket.socket()
    peer.setblocking(False)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)  # of many, the kernel's memory
    peer.bind((source, 0))
    await asyncio.get_running_loop().sock_connect(peer, (HOST, port))
    return peer


async def _stay_idle(peer: socket.socket) -> None:
    """Says nothing until the server hangs up."""
    while await asyncio.get_running_loop().sock_recv(peer, 4096):
        pass


async def _ask(peer: socket.socket) -> None:
    """Asks by HTTP again and again, as often as it is answered."""
    loop = asyncio.get_running_loop()
    for _ in range(20):
        await loop.sock_sendall(peer, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        if not await loop.sock_recv(peer, 1 << 20):
            return
    await _stay_idle(peer)


async def _leave_unfinished(peer: socket.socket) -> None:
    """Begins two video messages of 8 MiB and sends 7 MiB of each, as far as it is let."""
    loop = asyncio.get_running_loop()
    hello = b"\x03" + bytes(HANDSHAKE_BYTES) + bytes(HANDSHAKE_BYTES)
    connect = amf.encode("connect", 1, {"app": "live", "tcUrl": "rtmp://127.0.0.1/live"})
    header = b"\x03" + bytes(3) + len(connect).to_bytes(3, "big") + b"\x14" + bytes(4)
    chunk_size = b"\x02" + bytes(3) + b"\x00\x00\x04\x01" + bytes(4) + (1 << 20).to_bytes(4, "big")
    await loop.sock_sendall(peer, hello + chunk_size + header + connect)
    for chunk_stream in (6, 7):
        begun = bytes([chunk_stream]) + bytes(3) + (8 << 20).to_bytes(3, "big") + b"\x09" + bytes(4)
        for number in range(7):
            await loop.sock_sendall(peer, begun if number == 0 else bytes([0xC0 | chunk_stream]))
            await loop.sock_sendall(peer, MEBIBYTE)
    await _stay_idle(peer)


class _Tls:
    """A client of TLS that stops where it is told."""

    def __init__(self, peer: socket.socket):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._peer, self._in, self._out = peer, ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out)
        self.shaken = False

    def next(self) -> bytes:
        """What it says next."""
        try:
            self._tls.do_handshake()
            self.shaken = True
        except ssl.SSLWantReadError:
            pass
        return self._out.read()

    async def shake(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await loop.sock_sendall(self._peer, self.next())
            if self.shaken or not (heard := await loop.sock_recv(self._peer, 16384)):
                return
            self._in.write(heard)


async def _half_a_hello(peer: socket.socket) -> None:
    hello = _Tls(peer).next()
    await asyncio.get_running_loop().sock_sendall(peer, hello[: len(hello) // 2])
    await _stay_idle(peer)


async def _hello(peer: socket.socket) -> None:
    await asyncio.get_running_loop().sock_sendall(peer, _Tls(peer).next())
    await _stay_idle(peer)


async def _shake(peer: socket.socket) -> None:
    await _Tls(peer).shake()
    await _stay_idle(peer)


HOLD: dict[str, Callable[[socket.socket], Awaitable[None]]] = {
    "idle": _stay_idle,
    "ask": _ask,
    "unfinished": _leave_unfinished,
    "half-a-hello": _half_a_hello,
    "hello": _hello,
    "shaken": _shake,
}


async def hold_connections(
    kind: str, port: int, count: int, _seconds: float, source: str
) -> dict[str, int]:
    """Makes `count` connections as fast as it goes and keeps each as long as it may."""
    gate = asyncio.Semaphore(AT_A_TIME)
    made = asyncio.Semaphore(0)
    refused = closed = 0

    async def hold(number: int) -> None:
        nonlocal refused, closed
        try:
            async with gate:
                peer = await _open(port, address(source, number))
        except OSError:
            refused += 1
            return
        finally:
            made.release()
        with peer, contextlib.suppress(OSError):
            await HOLD[kind](peer)
        closed += 1

    tasks = [asyncio.create_task(hold(number)) for number in range(count)]
    for _ in range(count):
        await made.acquire()
    print("all came", flush=True)
    await asyncio.gather(*tasks)
    return {"refused": refused, "closed": closed}


async def try_keys(
    _kind: str, port: int, count: int, seconds: float, source: str
) -> dict[str, int]:
    """Publishes with `count` wrong keys, evenly over so many seconds; 0: all at once."""
    from kit.rtmp import RtmpPublisher  # what the other kinds need not wait for

    url = f"rtmp://{HOST}:{port}/live"
    gate = asyncio.Semaphore(AT_A_TIME if seconds else count)
    refused = unheard = 0

    async def attempt(number: int) -> None:
        nonlocal refused, unheard
        await asyncio.sleep(number * seconds / count)
        try:
            async with gate, await RtmpPublisher.open(url, address(source, number)) as stranger:
                await stranger.handshake()
                await stranger.connect(url)
                status = await stranger.publish(f"wrong-key-{number}")
                refused += status.level == "error"
        except (OSError, AssertionError, asyncio.IncompleteReadError):
            unheard += 1

    print("all came", flush=True)
    await asyncio.gather(*(attempt(number) for number in range(count)))
    return {"refused": refused, "unheard": unheard}


KINDS = dict.fromkeys(HOLD, hold_connections) | {"keys": try_keys}


def main(kind: str, port: str, count: str, seconds: str, source: str) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    outcome = asyncio.run(KINDS[kind](kind, int(port), int(count), float(seconds), source))
    print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
