"""Floods of strangers, each in a process of its own so that it does not disturb who measures.

As a program: `flood.py KIND HOST PORT COUNT SECONDS SOURCE`; says "all came" when every connection
has been made, then JSON with what became of them.
"""

import asyncio
import contextlib
import json
import resource
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[3] / "script/lib")]

from devstack import until
from kit import amf
from kit.rtmp import HANDSHAKE_BYTES, RtmpPublisher

AT_A_TIME = 200  # connections being made
MEBIBYTE = bytes(1 << 20)


class Flood:
    """A flood that comes when the context is entered and has ended when it is left."""

    def __init__(self, kind: str, port: int, count: int, seconds: float, source: str):
        self._argv = [kind, "127.0.0.1", str(port), str(count), str(seconds), source]
        self._process: asyncio.subprocess.Process | None = None
        self.came = asyncio.Event()  # all connections were made
        self.outcome: dict[str, float] = {}
        self._reading: asyncio.Task | None = None

    async def __aenter__(self) -> "Flood":
        self._process = await asyncio.create_subprocess_exec(
            "nice", sys.executable, __file__, *self._argv, stdout=asyncio.subprocess.PIPE
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()
        self._reading.cancel()

    async def end(self, timeout: float) -> dict[str, float]:
        """Waits for its own end and says what became of its connections."""
        await asyncio.wait_for(self._process.wait(), timeout)
        await until(lambda: self.outcome, 5, "the outcome of the flood")
        return self.outcome

    async def _read(self) -> None:
        async for line in self._process.stdout:
            if line.startswith(b"{"):
                self.outcome = json.loads(line)
            else:
                self.came.set()


# --- in the process of the flood ---------------------------------------------------------------


async def _open(host: str, port: int, source: str) -> socket.socket:
    peer = socket.socket()
    peer.setblocking(False)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)  # of many, the kernel's memory
    peer.bind((source, 0))
    await asyncio.get_running_loop().sock_connect(peer, (host, port))
    return peer


async def _stay_idle(peer: socket.socket) -> None:
    """Says nothing until the server hangs up."""
    while await asyncio.get_running_loop().sock_recv(peer, 4096):
        pass


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


HOLD: dict[str, Callable[[socket.socket], Awaitable[None]]] = {
    "idle": _stay_idle,
    "unfinished": _leave_unfinished,
}


async def hold_connections(
    kind: str, host: str, port: int, count: int, seconds: float, source: str
) -> dict[str, float]:
    """Makes `count` connections as fast as it goes and keeps each while it may, until the end."""
    gate = asyncio.Semaphore(AT_A_TIME)
    refused = closed = 0

    async def hold() -> None:
        nonlocal refused, closed
        try:
            async with gate:
                peer = await _open(host, port, source)
        except OSError:
            refused += 1
            return
        finally:
            made.release()
        with peer, contextlib.suppress(OSError):
            await HOLD[kind](peer)
        closed += 1

    made = asyncio.Semaphore(0)
    tasks = [asyncio.create_task(hold()) for _ in range(count)]
    began = time.monotonic()
    for _ in range(count):
        await made.acquire()
    print("all came", flush=True)
    await asyncio.wait(tasks, timeout=max(0.0, began + seconds - time.monotonic()))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {"refused": refused, "closed": closed}


async def try_keys(
    _kind: str, host: str, port: int, count: int, seconds: float, source: str
) -> dict[str, float]:
    """Publishes with `count` wrong keys, evenly over so many seconds."""
    url = f"rtmp://{host}:{port}/live"
    refused = unheard = 0
    gate = asyncio.Semaphore(AT_A_TIME)

    async def attempt(number: int) -> None:
        nonlocal refused, unheard
        await asyncio.sleep(number * seconds / count)
        try:
            async with gate, await RtmpPublisher.open(url, source) as stranger:
                await stranger.handshake()
                await stranger.connect(url)
                status = await stranger.publish(f"wrong-key-{number}")
                refused += status.level == "error"
        except (OSError, AssertionError, asyncio.IncompleteReadError):
            unheard += 1

    print("all came", flush=True)
    await asyncio.gather(*(attempt(number) for number in range(count)))
    return {"refused": refused, "unheard": unheard}


KINDS = {"idle": hold_connections, "unfinished": hold_connections, "keys": try_keys}


def main(kind: str, host: str, port: str, count: str, seconds: str, source: str) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with contextlib.suppress(KeyboardInterrupt):
        flood = KINDS[kind](kind, host, int(port), int(count), float(seconds), source)
        print(json.dumps(asyncio.run(flood)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
