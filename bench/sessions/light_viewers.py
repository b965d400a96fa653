"""Viewers that decode nothing, for many rooms at a time: bench/viewers, a program in Go."""

import asyncio
import contextlib
import json
import statistics
import subprocess
from collections.abc import AsyncIterator

from devstack import ROOT, Stack

_FOLDER = ROOT / "bench" / "viewers"
_JOIN_SECONDS = 30


def build() -> str:
    """The program's path; built now if it is not there or its sources have changed."""
    made = subprocess.run([_FOLDER / "build"], check=True, stdout=subprocess.PIPE, text=True)
    return made.stdout.strip()


class LightViewers:
    """`reports` grows by one a second: by room what arrived in that second."""

    def __init__(self) -> None:
        self.reports: list[dict[str, dict[str, float]]] = []

    def since(self, report: int) -> dict[str, dict[str, float]]:
        """By room the medians of the reports from that one on."""
        reports = self.reports[report:]
        return {
            room: {
                what: round(statistics.median(one[room][what] for one in reports))
                for what in reports[0][room]
            }
            for room in (reports[0] if reports else ())
        }

    async def _read(self, output: asyncio.StreamReader) -> None:
        async for line in output:
            self.reports.append(json.loads(line)["rooms"])


@contextlib.asynccontextmanager
async def light_viewers(stack: Stack, rooms: list[str]) -> AsyncIterator[LightViewers]:
    """One viewer in each room; all have joined on entry."""
    tokens = {room: stack.livekit.viewer_token(room, "viewer") for room in rooms}
    program = await asyncio.create_subprocess_exec(
        build(),
        "-url",
        stack.livekit.ws_url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        program.stdin.write(json.dumps(tokens).encode() + b"\n")
        await program.stdin.drain()
        ready = await asyncio.wait_for(program.stdout.readline(), _JOIN_SECONDS)
        if not ready:
            raise RuntimeError("bench/viewers could not join; its message is above")
        viewers = LightViewers()
        reading = asyncio.create_task(viewers._read(program.stdout))
        yield viewers
        reading.cancel()
    finally:
        program.stdin.close()  # tells it to leave
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(program.wait(), 5)
        if program.returncode is None:
            program.kill()
            await program.wait()
