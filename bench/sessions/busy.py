"""A machine that has something else to do for a while."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import psutil


@contextlib.asynccontextmanager
async def busy_machine(steal: tuple[float, float] | None) -> AsyncIterator[None]:
    """Two busy loops for each processor, from `steal[0]` seconds on, for `steal[1]` seconds."""
    if not steal:
        yield
        return
    task = asyncio.create_task(_burn(*steal))
    try:
        yield
    finally:
        await task


async def _burn(begin: float, length: float) -> None:
    await asyncio.sleep(begin)
    burn = f"import time\nend = time.time() + {length}\nwhile time.time() < end: pass"
    loops = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", burn)
        for _ in range(2 * (psutil.cpu_count() or 1))
    ]
    for loop in loops:
        await loop.wait()
