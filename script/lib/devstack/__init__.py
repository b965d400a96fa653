"""The whole service on loopback: Redis, livekit-server, the ingress; started and stopped in order.

Used by script/server, by the end-to-end tests and by the measurements. Everything listens on
127.0.0.1, writes below one folder, and dies with the process that started it.
"""

from devstack.ingress import Ingress
from devstack.livekit_server import LiveKitServer
from devstack.paths import ROOT
from devstack.ports import free_ports
from devstack.process import ManagedProcess, StartFailed
from devstack.redis import Redis
from devstack.stack import Stack
from devstack.waiting import WaitTimeout, until

__all__ = [
    "ROOT",
    "Ingress",
    "LiveKitServer",
    "ManagedProcess",
    "Redis",
    "Stack",
    "StartFailed",
    "WaitTimeout",
    "free_ports",
    "until",
]
