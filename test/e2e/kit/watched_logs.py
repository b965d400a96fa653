"""The processes of a test: what they logged during it, and which of them ended unasked."""

import os
import re

from devstack import ManagedProcess

_LINES = 25
# Where a Go program begins to tell why it ends; livekit-server logs the first before it exits.
_LAST_WORDS = re.compile(r"recovered panic|^panic:|^fatal error:|^SIG[A-Z]+:", re.MULTILINE)


class WatchedLogs:
    """Remembers how long each log was when a test began."""

    def __init__(self) -> None:
        self._marks: dict[str, tuple[ManagedProcess, int]] = {}

    def watch(self, *processes: ManagedProcess) -> None:
        for process in processes:
            self._marks[str(process.log)] = (process, process.log_size())

    def mark(self) -> None:
        self.watch(*(process for process, _ in self._marks.values()))

    def sections(self) -> list[tuple[str, str]]:
        """For each process that logged something since the mark: a title, and the log's end."""
        return [
            (f"{process.name} ({os.path.relpath(process.log)})", process.tail(_LINES, since))
            for process, since in self._marks.values()
            if process.log_size() > since
        ]

    def fallen(self, *names: str) -> list[str]:
        """Processes of these names that ended unasked, in words with their last ones."""
        return [
            f"{process.name} ended by itself with status {process.returncode}; its log "
            f"{os.path.relpath(process.log)}:\n{_last_words(process, since)}"
            for process, since in self._marks.values()
            if process.name in names and process.fell
        ]

    def all_fell_in(self, function: str, *names: str) -> bool:
        """Whether `function` is in the last words of each process of these names that fell."""
        return all(
            function in _from_last_words(process.log_text(since))
            for process, since in self._marks.values()
            if process.name in names and process.fell
        )

    def forget_fallen(self) -> None:
        """A server of one test that fell is not held against the next test."""
        self._marks = {log: mark for log, mark in self._marks.items() if not mark[0].fell}


def _last_words(process: ManagedProcess, since: int) -> str:
    words = _from_last_words(process.log_text(since))
    if not words:
        return process.tail(_LINES, since)
    return "\n".join(line[:300] for line in words.splitlines()[:_LINES])


def _from_last_words(text: str) -> str:
    found = _LAST_WORDS.search(text)
    return text[found.start() :] if found else ""
