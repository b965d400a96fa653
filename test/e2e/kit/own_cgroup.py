"""Control groups of its own for a process, with limits, in the old hierarchies (version 1)."""

import asyncio
import os
import secrets
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_PERIOD = 100_000  # microseconds


class OwnCgroup:
    """A group below ours in `cpu`, and in `memory` where that is limited; use it as an async
    context. Processes that are started with `argv` live in it and have to end before it does."""

    def __init__(self, cores: float, memory: int | None = None) -> None:
        name = f"livekit-ingress-test-{secrets.token_hex(4)}"
        self._cpu = _own("cpu") / name
        self._cores = cores
        self._memory = memory
        self._groups = [self._cpu] + ([_own("memory") / name] if memory else [])

    @staticmethod
    def possible() -> bool:
        """Whether this machine has the old hierarchies and lets us make groups."""
        return all((_ROOT / c).is_dir() and os.access(_own(c), os.W_OK) for c in ("cpu", "memory"))

    @property
    def argv(self) -> list[str]:
        """What leads the command line of a process that shall run inside."""
        enter = "".join(f"echo $$ > {group}/cgroup.procs; " for group in self._groups)
        return ["sh", "-c", enter + 'exec "$@"', "sh"]

    async def __aenter__(self) -> "OwnCgroup":
        for group in self._groups:
            group.mkdir()
        (self._cpu / "cpu.cfs_period_us").write_text(str(_PERIOD))
        (self._cpu / "cpu.cfs_quota_us").write_text(str(int(self._cores * _PERIOD)))
        if self._memory:
            (self._groups[1] / "memory.limit_in_bytes").write_text(str(self._memory))
        return self

    async def __aexit__(self, *_: object) -> None:
        for group in self._groups:
            await _remove(group)


def _own(controller: str) -> Path:
    """The group that we are in."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return _ROOT / controller / path.lstrip("/")
    return _ROOT / controller


async def _remove(group: Path) -> None:
    # The kernel lets go of the last processes a moment after they are gone.
    for _ in range(50):
        try:
            os.rmdir(group)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return
    os.rmdir(group)
