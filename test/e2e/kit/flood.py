"""Floods of strangers, each from a process of its own so that it does not disturb who measures."""

import asyncio
import contextlib
import json
import sys
from pathlib import Path

from devstack import until

_PROGRAM = Path(__file__).with_name("strangers.py")
_COME_WITHIN = 40  # seconds, on a busy machine


class Flood:
    """A flood that comes when the context is entered and has ended when it is left."""

    def __init__(self, kind: str, port: int, count: int, source: str, seconds: float = 0):
        argv = (kind, port, count, seconds, source)
        self._argv = [sys.executable, str(_PROGRAM), *map(str, argv)]
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task | None = None
        self._came = asyncio.Event()
        self.outcome: dict[str, int] = {}  # what became of the connections, once all have ended

    async def __aenter__(self) -> "Flood":
        self._process = await asyncio.create_subprocess_exec(
            *self._argv, stdout=asyncio.subprocess.PIPE
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()
        self._reading.cancel()

    async def came(self) -> None:
        """Waits until every connection has been made."""
        await until(self._came.is_set, _COME_WITHIN, "the flood")

    async def ended(self, timeout: float) -> dict[str, int]:
        """Waits for its own end and says what became of its connections."""
        await until(lambda: self.outcome, timeout, "the end of the flood")
        return self.outcome

    async def _read(self) -> None:
        async for line in self._process.stdout:
            if line.startswith(b"{"):
                self.outcome = json.loads(line)
            else:
                self._came.set()
