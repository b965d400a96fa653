"""One child process with a log, a start that fails loudly and an orderly stop."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from devstack.waiting import WaitTimeout, until

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


class StartFailed(RuntimeError):
    """A process ended or stayed silent while it should have become ready."""


class ManagedProcess:
    """Runs `argv` in its own process group; all output goes to `log`.

    The kernel sends it SIGTERM should this process die without stopping it.
    """

    def __init__(self, name: str, argv: list[str], log: Path, env: Mapping[str, str] | None = None):
        self.name = name
        self.log = log
        self._argv = argv
        self._env = {**os.environ, **(env or {})}
        self._child: subprocess.Popen | None = None
        self._asked_to_end = False

    @property
    def pid(self) -> int:
        assert self._child, f"{self.name} was not started"
        return self._child.pid

    @property
    def returncode(self) -> int | None:
        """Exit status; negative for a signal; None while it runs."""
        return self._child.poll() if self._child else None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def fell(self) -> bool:
        """It ended, and nobody had asked it to."""
        return self.returncode is not None and not self._asked_to_end

    def start(self) -> None:
        if shutil.which(self._argv[0]) is None:
            hint = "run script/bootstrap and script/build"
            raise StartFailed(f"{self.name}: there is no {self._argv[0]}; {hint}")
        self._asked_to_end = False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *self._argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,
            )

    async def wait_ready(self, ready: Callable[[], Awaitable[bool]], timeout: float) -> None:
        """Waits for `ready`; raises StartFailed with the end of the log."""

        async def ready_or_dead() -> bool:
            return not self.running or await ready()

        with contextlib.suppress(WaitTimeout):
            await until(ready_or_dead, timeout, self.name)
            if self.running:
                return
        problem = "is not ready" if self.running else f"ended with status {self.returncode}"
        raise StartFailed(f"{self.name} {problem}; its log {self.log} ends:\n{self.tail()}")

    async def wait(self, timeout: float) -> int:
        """Waits for the end by itself and returns the exit status."""
        await until(lambda: not self.running, timeout, f"end of {self.name}")
        return self._child.returncode

    def send_signal(self, number: signal.Signals) -> None:
        if self.running:
            self._asked_to_end |= number in _ENDING
            self._child.send_signal(number)

    async def stop(self, number: signal.Signals = signal.SIGTERM, grace: float = 10) -> None:
        """Asks to end, then kills what is left of the process group."""
        if self._child is None:
            return
        self.send_signal(number)
        with contextlib.suppress(WaitTimeout):
            await until(lambda: not self.running, grace, f"end of {self.name}")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        await asyncio.to_thread(self._child.wait)

    # --- the log -------------------------------------------------------------------------------

    def log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def log_text(self, since: int = 0) -> str:
        """The log from byte `since` on."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace")

    def tail(self, lines: int = 30, since: int = 0) -> str:
        """The last lines, each cut to a readable length."""
        return "\n".join(line[:300] for line in self.log_text(since).splitlines()[-lines:])

    async def wait_log(self, pattern: str, timeout: float, since: int = 0) -> str:
        """The first line from byte `since` on that matches the regular expression."""
        expression = re.compile(pattern, re.IGNORECASE)

        def matching_line() -> str | None:
            lines = self.log_text(since).splitlines()
            return next((line for line in lines if expression.search(line)), None)

        return await until(
            matching_line,
            timeout,
            lambda: f"a log line of {self.name} like /{pattern}/; it ends:\n{self.tail(15, since)}",
        )
