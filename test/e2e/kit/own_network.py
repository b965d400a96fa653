"""A network of its own for a process: nothing reaches it, or is reached, but what a test lets."""

import asyncio
import contextlib
import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from devstack.ports import LOOPBACK
from kit.tcp_proxy import TcpProxy, plain_socket

_CLONE_NEWNET = 0x40000000  # sched.h
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1  # sockios.h, if.h

_MOST_BYTES = 65536  # of a datagram
_LONGEST_QUEUE = 0.4  # seconds; what comes then is lost, as at a router


class OwnNetwork:
    """A network namespace that holds nothing but loopback; use it as an async context.

    Ports are let through one by one, carried by this process between the loopback in there and the
    machine's. They keep their numbers, so that one configuration is good for both sides. Nothing
    of the machine's own network changes, and the namespace is gone with its last process.
    """

    def __init__(self) -> None:
        # A namespace belongs to a thread, and a socket for ever to where it was made.
        self._thread = ThreadPoolExecutor(1, "own-network")
        self._ways: list[TcpProxy | UdpWay] = []
        self._namespace = -1

    @property
    def argv(self) -> list[str]:
        """What leads the command line of a process that shall run inside."""
        return ["nsenter", f"--net=/proc/{os.getpid()}/fd/{self._namespace}", "--"]

    def socket(self, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
        """A socket of the inside."""
        return self._thread.submit(plain_socket, kind).result()

    async def let_out(self, port: int, to: int | None = None) -> None:
        """Connections from inside to `port` reach the machine's port `to`, or the same."""
        await self._open(TcpProxy(port, to or port, listening=self.socket))

    async def let_in(self, port: int) -> None:
        """Connections to the machine's `port` reach the same port inside."""
        await self._open(TcpProxy(port, port, connecting=self.socket))

    def let_out_udp(self, port: int) -> "UdpWay":
        """Datagrams from inside to `port` reach the machine's, and the answers come back."""
        way = UdpWay(self.socket(socket.SOCK_DGRAM), port)
        self._ways.append(way)
        return way

    async def _open(self, way: TcpProxy) -> None:
        await way.open()
        self._ways.append(way)

    async def __aenter__(self) -> "OwnNetwork":
        try:
            self._namespace = self._thread.submit(_enter_new_namespace).result()
        except OSError as error:
            raise RuntimeError(
                f"no network namespace can be made here ({error.strerror}): run the tests as root;"
                " a container needs the capabilities SYS_ADMIN and NET_ADMIN"
            ) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        for way in self._ways:
            await way.shut()
        os.close(self._namespace)
        self._thread.shutdown()


class UdpWay:
    """Carries datagrams to a port of the machine's loopback and back.

    `limit` is what goes out, in bits per second, and can be changed at any time; None: all.
    """

    def __init__(self, inside: socket.socket, port: int):
        self.limit: float | None = None
        self._loop = asyncio.get_running_loop()
        self._port = port
        self._inside = inside
        self._outside: dict[tuple[str, int], socket.socket] = {}  # by who sends to it, inside
        self._free_at = 0.0  # when all that waits is out
        self._inside.bind((LOOPBACK, port))
        self._listen(self._inside, self._from_inside)

    async def shut(self) -> None:
        for end in (self._inside, *self._outside.values()):
            self._loop.remove_reader(end)
            end.close()

    def _listen(self, end: socket.socket, on_datagram: Callable, *args: object) -> None:
        end.setblocking(False)
        self._loop.add_reader(end, on_datagram, *args)

    def _from_inside(self) -> None:
        with contextlib.suppress(OSError):
            data, sender = self._inside.recvfrom(_MOST_BYTES)
            self._queue(self._outside.get(sender) or self._add(sender), data)

    def _add(self, sender: tuple[str, int]) -> socket.socket:
        end = self._outside[sender] = plain_socket(socket.SOCK_DGRAM)
        end.connect((LOOPBACK, self._port))
        self._listen(end, self._from_outside, end, sender)
        return end

    def _from_outside(self, end: socket.socket, receiver: tuple[str, int]) -> None:
        with contextlib.suppress(OSError):
            self._inside.sendto(end.recv(_MOST_BYTES), receiver)

    def _queue(self, end: socket.socket, data: bytes) -> None:
        now = self._loop.time()
        begins = max(now, self._free_at)
        if begins - now > _LONGEST_QUEUE:
            return
        self._free_at = begins + (len(data) * 8 / self.limit if self.limit else 0)
        if self._free_at > now:
            self._loop.call_at(self._free_at, self._send, end, data)
        else:
            self._send(end, data)

    @staticmethod
    def _send(end: socket.socket, data: bytes) -> None:
        with contextlib.suppress(OSError):  # nobody listens, or the test is over
            end.send(data)


def _enter_new_namespace() -> int:
    """Takes the calling thread into it; returns a descriptor that names it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    with plain_socket(socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
