"""Binding requests of strangers, sent from a process of its own: stun.py PORT RATE SECONDS UFRAG

Each third datagram is a request to UFRAG with a wrong password, one to nobody, one no STUN at all.
Prints how many were sent and how many answers came.
"""

import asyncio
import hmac
import json
import os
import socket
import struct
import sys
import time
import zlib
from pathlib import Path

_COOKIE = 0x2112A442
_USERNAME, _INTEGRITY, _PRIORITY, _USE_CANDIDATE, _FINGERPRINT = 6, 8, 0x24, 0x25, 0x8028
_ADDRESSES = 16  # sockets of the strangers
_EACH = 50  # datagrams at once


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4)


def binding_request(username: str, password: str) -> bytes:
    """As an ICE agent sends it that nominates its pair (RFC 8445 §7.2.2)."""
    body = _attribute(_USERNAME, username.encode())
    body += _attribute(_PRIORITY, struct.pack(">I", 0x6E0001FF))
    body += _attribute(_USE_CANDIDATE, b"")
    transaction = os.urandom(12)

    def head(length: int) -> bytes:
        return struct.pack(">HHI", 1, length, _COOKIE) + transaction

    code = hmac.digest(password.encode(), head(len(body) + 24) + body, "sha1")
    body += _attribute(_INTEGRITY, code)
    message = head(len(body) + 8) + body
    return message + _attribute(_FINGERPRINT, struct.pack(">I", zlib.crc32(message) ^ 0x5354554E))


def _flood(port: int, rate: int, seconds: float, ufrag: str) -> dict[str, int]:
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(_ADDRESSES)]
    for one in sockets:
        one.connect(("127.0.0.1", port))
    wrong = binding_request(f"{ufrag}:abcd", "this is not the password")
    nobodys = binding_request("nobody00:abcd", "this is not the password")
    datagrams = (wrong, nobodys, b"\x80\x60" + bytes(98))
    sent = 0
    began = time.monotonic()
    while sent < rate * seconds:
        for _ in range(_EACH):
            sockets[sent % _ADDRESSES].send(datagrams[sent % 3])
            sent += 1
        time.sleep(max(0.0, began + sent / rate - time.monotonic()))
    answers = 0
    for one in sockets:
        one.setblocking(False)
        try:
            while one.recv(2048):
                answers += 1
        except BlockingIOError:
            one.close()
    return {"sent": sent, "answers": answers}


async def flood(port: int, rate: int, seconds: float, ufrag: str) -> dict[str, int]:
    """Sends `rate` datagrams per second for so long; how many left, and how many answers came."""
    argv = [sys.executable, str(Path(__file__)), *map(str, (port, rate, seconds, ufrag))]
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0, "the flood has failed"
    return json.loads(out)


if __name__ == "__main__":
    print(json.dumps(_flood(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])))
