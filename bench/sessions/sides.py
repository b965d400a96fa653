"""The ingress of this project and a drop-in reference, each with servers of its own."""

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from devstack import Stack, free_ports
from devstack.ports import LOOPBACK, free_port
from sessions.bed import Bed, Options

OURS, REFERENCE = "ours", "reference"

# Admission must not depend on how busy the machine is: a measured session is small to both.
_OUR_CONFIG: dict[str, Any] = {"cpu_cost": {"rtmp_cpu_cost": 0.01, "min_idle_ratio": -1}}
_REFERENCE_COSTS = {
    "rtmp_cpu_cost": 0.01,
    "whip_cpu_cost": 0.01,
    "whip_bypass_transcoding_cpu_cost": 0.01,
    "url_cpu_cost": 0.01,
    "min_idle_ratio": 0.01,
}


# Until warm handlers wait for their jobs and the ingress knows how busy the machine is; LiveKit's
# own takes it for full before.
_SETTLE = 4  # seconds


@dataclass(frozen=True)
class Side:
    name: str
    binary: Path | None = None  # None: the program of this checkout

    @contextlib.asynccontextmanager
    async def bed(self, options: Options) -> AsyncIterator[Bed]:
        """Fresh servers and a fresh ingress: nothing is left of what was measured before."""
        with _folder(options.logs, self.name) as folder:
            stack = self._stack(folder)
            async with stack, stack.api() as lk:
                psutil.cpu_percent()  # the next call tells about the time since
                await asyncio.sleep(_SETTLE)
                yield Bed(self.name, stack, lk, options, psutil.cpu_percent() / 100)

    def _stack(self, folder: Path) -> Stack:
        if not self.binary:
            return Stack(folder, ingress_config=_OUR_CONFIG)
        return Stack(
            folder,
            ingress_config=_reference_config(),
            ingress_binary=_called_ingress(self.binary, folder / "bin"),
        )


@contextlib.contextmanager
def _folder(logs: Path | None, prefix: str) -> Iterator[Path]:
    """For configurations and logs of one run; kept when it lies in `logs`."""
    if logs:
        logs.mkdir(parents=True, exist_ok=True)
        yield Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=logs))
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def sides(reference: Path | None) -> list[Side]:
    found = [Side(OURS)]
    if reference:
        found.append(Side(REFERENCE, reference.resolve()))
    return found


def _called_ingress(binary: Path, folder: Path) -> Path:
    """LiveKit's own service starts its handlers as `ingress`, looked up in PATH."""
    folder.mkdir(parents=True)
    link = folder / "ingress"
    link.symlink_to(binary)
    return link


def _reference_config() -> dict[str, Any]:
    return {
        "whip_port": free_ports(1)[0],
        "rtc_config": {
            "udp_port": free_port(socket.SOCK_DGRAM),
            "node_ip": LOOPBACK,
            "use_external_ip": False,
        },
        "cpu_cost": _REFERENCE_COSTS,
    }
