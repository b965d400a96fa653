"""Loopback ports that nobody listens on."""

import contextlib
import random
import socket

LOOPBACK = "127.0.0.1"


# Below the range from which systems take the ports of outgoing connections: one that is free now
# is not taken by a client a moment later.
_RANGE = range(15_000, 32_000)


def free_ports(count: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[int]:
    """`count` different ports that are free on all addresses."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        for port in random.sample(_RANGE, len(_RANGE)):
            one = held.enter_context(socket.socket(type=kind))
            with contextlib.suppress(OSError):
                one.bind(("", port))
                found.append(port)
            if len(found) == count:
                return found
    raise OSError("no free port")


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    return free_ports(1, kind)[0]


def preferred_port(port: int) -> int:
    """`port` itself when nobody listens there, else a free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return free_port()
    return port
