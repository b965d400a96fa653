"""Ports that nobody listens on, and the addresses of this machine."""

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


def preferred_port(port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """`port` itself when nobody has it on any address, else a free one."""
    with socket.socket(type=kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return free_port(kind)
    return port


def own_address(asked: str) -> str:
    """The address of this machine that `--listen asked` means; raises OSError when there is none.

    For 0.0.0.0 it is the one from which packets leave for other networks.
    """
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        if asked == "0.0.0.0":
            probe.connect(("192.0.2.1", 9))  # an address of examples; nothing is sent
        else:
            probe.bind((asked, 0))
        return probe.getsockname()[0]
