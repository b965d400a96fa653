"""Gaps in a viewer's picture, beside how long its way waited for a processor.

A busy machine lets processes wait, and that is no fault of theirs: a gap counts less the time for
which those that the picture passes through had something to do and were not let run, as Linux
counts it for each thread (/proc/PID/task/TID/schedstat).
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

from kit.viewer import Viewer

_EVERY = 0.05  # seconds between two looks
_CHILDREN_EVERY = 20  # looks, because each costs milliseconds

Waits = dict[tuple[int, int], int]  # nanoseconds so far, by process and thread


@dataclass(frozen=True)
class Gap:
    """Between two pictures, in seconds."""

    at: float
    length: float
    waited: float  # of it, for a processor

    @property
    def own(self) -> float:
        return self.length - self.waited

    def __str__(self) -> str:
        waited = f"{self.waited:.3f} s of it for want of a processor"
        return f"no picture for {self.length:.3f} s at {self.at:.1f}, {waited}"


class GapWatch:
    """Looks while its context is entered; `roots`: processes on the way, with their children."""

    def __init__(self, viewer: Viewer, *roots: int):
        self._viewer = viewer
        self._roots = [psutil.Process(root) for root in roots]
        self._processes: list[int] = []
        self._looks: list[tuple[float, Waits]] = []
        self._looking: asyncio.Task | None = None
        self._seen = 0

    async def __aenter__(self) -> "GapWatch":
        self._seen = len(self._viewer.frames)
        self._look()
        self._looking = asyncio.create_task(self._look_again())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._looking.cancel()
        self._look()

    def worst(self) -> Gap:
        """The gap of which the least is explained; what was seen last ends one, too."""
        times = [frame.at for frame in self._viewer.frames[self._seen :]]
        assert len(times) > 1, "the picture stands still"
        return max((self._gap(*pair) for pair in pairwise(times)), key=lambda gap: gap.own)

    def _gap(self, before: float, after: float) -> Gap:
        return Gap(before, after - before, self._waited(before, after))

    def _waited(self, since: float, until: float) -> float:
        """One process after the other works on a picture: of each, what its worst thread waited."""
        first = [waits for at, waits in self._looks if at <= since][-1:]
        last = [waits for at, waits in self._looks if at >= until][:1]
        if not first or not last:
            return 0
        worst: dict[int, int] = {}
        for (process, thread), wait in last[0].items():
            waited = wait - first[0].get((process, thread), 0)
            worst[process] = max(worst.get(process, 0), waited)
        return sum(worst.values()) / 1e9

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            self._look()

    def _look(self) -> None:
        if len(self._looks) % _CHILDREN_EVERY == 0:
            self._processes = [os.getpid(), *self._find_processes()]  # the viewer is in this one
        waits: Waits = {}
        for process in self._processes:
            with contextlib.suppress(OSError):  # it has ended
                for thread in os.listdir(f"/proc/{process}/task"):
                    counts = Path(f"/proc/{process}/task/{thread}/schedstat").read_text()
                    waits[process, int(thread)] = int(counts.split()[1])
        self._looks.append((time.monotonic(), waits))

    def _find_processes(self) -> Iterator[int]:
        for root in self._roots:
            with contextlib.suppress(psutil.NoSuchProcess):
                yield root.pid
                yield from (child.pid for child in root.children(recursive=True))
