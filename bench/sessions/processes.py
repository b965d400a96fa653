"""Processor time and memory of an ingress by role: service, handlers, transcoders.

The role is the depth in the tree of processes: what the service starts is a handler, what a
handler starts a transcoder.
"""

import asyncio
import contextlib
import statistics
from dataclasses import dataclass, field

import psutil

ROLES = ("service", "handler", "transcoder")
_SAMPLE_SECONDS = 0.5


@dataclass
class _Seen:
    """One process as it was last seen; seconds of processor time."""

    own: float
    reaped: float  # of its children that have ended
    parent: "_Key | None"
    depth: int
    round: int  # of the sample


_Key = tuple[int, float]  # pid, when it was created


@dataclass
class ProcessorTime:
    """Counts what the tree below `pid` has used, also by processes that ended meanwhile.

    A process that ended is counted by its parent, who waited for it. Only how the time of a
    handler that ended divides between itself and its transcoders is taken from the last sample.
    """

    pid: int
    _seen: dict[_Key, _Seen] = field(default_factory=dict)
    _round: int = 0

    def sample(self) -> None:
        self._round += 1
        with contextlib.suppress(psutil.NoSuchProcess):
            service = psutil.Process(self.pid)
            keys = {service.pid: (service.pid, service.create_time())}
            self._note(service, None, 0)
            waiting, before = service.children(recursive=True), -1
            while len(waiting) != before:  # a parent may come after its child in the list
                before = len(waiting)
                waiting = [child for child in waiting if not self._place(child, keys)]

    def seconds(self) -> dict[str, float]:
        """Seconds by role since the start of the service."""
        self.sample()
        service = next(seen for seen in self._seen.values() if seen.depth == 0)
        live = {key: seen for key, seen in self._seen.items() if self._runs(key)}
        handler = sum(seen.own for seen in live.values() if seen.depth == 1)
        transcoder = sum(seen.own for seen in live.values() if seen.depth >= 2)
        transcoder += sum(seen.reaped for seen in live.values() if seen.depth == 1)
        gone = sum(
            seen.reaped + self._own_of_children(key, seen.round)
            for key, seen in self._seen.items()
            if seen.depth == 1 and key not in live
        )
        transcoder += gone
        handler += max(0.0, service.reaped - gone)
        return {"service": service.own, "handler": handler, "transcoder": transcoder}

    async def keep_sampling(self) -> None:
        while True:
            self.sample()
            await asyncio.sleep(_SAMPLE_SECONDS)

    def own_seconds(self, process: psutil.Process) -> float:
        seen = self._seen.get((process.pid, process.create_time()))
        return seen.own if seen else 0.0

    def _place(self, child: psutil.Process, keys: "dict[int, _Key]") -> bool:
        """Notes a process whose parent is known by now; true also for one that has ended."""
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = keys.get(child.ppid())
            if parent is None:
                return False
            self._note(child, parent, self._seen[parent].depth + 1)
            keys[child.pid] = (child.pid, child.create_time())
        return True

    def _note(self, process: psutil.Process, parent: "_Key | None", depth: int) -> None:
        times = process.cpu_times()
        self._seen[(process.pid, process.create_time())] = _Seen(
            own=times.user + times.system,
            reaped=times.children_user + times.children_system,
            parent=parent,
            depth=depth,
            round=self._round,
        )

    def _own_of_children(self, parent: "_Key", last: int) -> float:
        """Of those that ran when their parent was sampled `last`: it had not waited for them."""
        return sum(
            seen.own for seen in self._seen.values() if seen.parent == parent and seen.round == last
        )

    @staticmethod
    def _runs(key: _Key) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(key[0]).create_time() == key[1]
        return False


def cores(before: dict[str, float], after: dict[str, float], seconds: float) -> dict[str, float]:
    used = {role: round((after[role] - before[role]) / seconds, 4) for role in ROLES}
    return used | {"sum": round(sum(used.values()), 4)}


@dataclass(frozen=True)
class Used:
    """Megabytes (10^6 bytes) of one process."""

    role: str
    pss: float
    private: float


def busy_handlers(time: ProcessorTime, count: int) -> list[psutil.Process]:
    """The `count` children of the service that worked most; the others wait for a session."""
    time.sample()
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(time.pid).children()
        return sorted(children, key=time.own_seconds, reverse=True)[:count]
    return []


def memory(time: ProcessorTime, sessions: int) -> list[Used]:
    """Of the service, the handlers with a session and their transcoders."""
    found = _used("service", [psutil.Process(time.pid)])
    for handler in busy_handlers(time, sessions):
        found += _used("handler", [handler])
        with contextlib.suppress(psutil.NoSuchProcess):
            found += _used("transcoder", handler.children(recursive=True))
    return found


def private_megabytes(handler: psutil.Process) -> float:
    """Private memory of a handler and all that it started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        family = [handler, *handler.children(recursive=True)]
        return round(sum(used.private for used in _used("handler", family)), 1)
    return 0.0


def memory_report(found: list[Used]) -> dict[str, dict[str, float]]:
    """By role how many processes there are, and the median of one."""
    report = {}
    for role in ROLES:
        if of_role := [used for used in found if used.role == role]:
            report[role] = {
                "processes": len(of_role),
                "pss": round(statistics.median(used.pss for used in of_role), 1),
                "private": round(statistics.median(used.private for used in of_role), 1),
            }
    return report


def _used(role: str, processes: list[psutil.Process]) -> list[Used]:
    found = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            info = process.memory_full_info()
            found.append(Used(role, round(info.pss / 1e6, 1), round(info.uss / 1e6, 1)))
    return found
