"""Which way a session's video takes, as the service's log tells, and the processes behind it."""

import contextlib
import re

import psutil
from livekit import api

from devstack import Stack

IDLE, PASS_THROUGH, BRIDGE = "idle", "pass-through", "bridge"
HYBRID, LADDER = "hybrid", "ladder"


def routes(stack: Stack, info: api.IngressInfo) -> list[str]:
    """Every route that the ingress' sessions have taken, oldest first."""
    line = re.compile(rf"video route.*{re.escape(info.ingress_id)}.* route=(\S+)")
    return line.findall(stack.ingress.process.log_text())


async def wait_route(stack: Stack, info: api.IngressInfo, route: str, timeout: float = 40) -> str:
    """The line of the log that tells of the change to `route`, also when it came before."""
    pattern = rf"video route.*{re.escape(info.ingress_id)}.* route={route}\b"
    return await stack.ingress.process.wait_log(pattern, timeout)


def transcoders(stack: Stack) -> list[psutil.Process]:
    """The transcoder processes of all handlers."""
    found = []
    for handler in stack.ingress.handlers():
        with contextlib.suppress(psutil.NoSuchProcess):
            found += handler.children()
    return found
