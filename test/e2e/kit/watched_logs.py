"""The processes of a test: what they logged during it, and which of them ended unasked."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from devstack import ManagedProcess

_LINES = 25
# Where a Go program begins to tell why it ends; livekit-server logs the first before it exits.
_LAST_WORDS = re.compile(r"recovered panic|^panic:|^fatal error:|^SIG[A-Z]+:", re.MULTILINE)


@dataclass(frozen=True)
class _Mark:
    process: ManagedProcess
    at: int  # bytes of its log when the present test began
    before: int  # and when the one before it did


class WatchedLogs:
    """Remembers how long each log was when a test began.

    A process may fall after one test has been judged and before the next one begins. Its last words
    are looked for in the logs of both.
    """

    def __init__(self) -> None:
        self._marks: dict[str, _Mark] = {}

    def watch(self, *processes: ManagedProcess) -> None:
        for process in processes:
            size = process.log_size()
            self._marks[str(process.log)] = _Mark(process, size, size)

    def mark(self) -> None:
        self._marks = {
            log: _Mark(mark.process, mark.process.log_size(), mark.at)
            for log, mark in self._marks.items()
        }

    def sections(self) -> list[tuple[str, str]]:
        """For each process that logged something since the mark: a title, and the log's end."""
        return [
            (
                f"{mark.process.name} ({os.path.relpath(mark.process.log)})",
                mark.process.tail(_LINES, mark.at),
            )
            for mark in self._marks.values()
            if mark.process.log_size() > mark.at
        ]

    def fallen(self, *names: str) -> list[str]:
        """Processes of these names that ended unasked, in words with their last ones."""
        return [
            f"{mark.process.name} ended by itself with status {mark.process.returncode}; its log "
            f"{os.path.relpath(mark.process.log)}:\n{_last_words(mark.process, mark.before)}"
            for mark in self._fallen(names)
        ]

    def all_fell_in(self, function: str, *names: str) -> bool:
        """Whether `function` is in the last words of each process of these names that fell."""
        return all(
            function in _from_last_words(mark.process.log_text(mark.before))
            for mark in self._fallen(names)
        )

    def forget_fallen(self) -> None:
        """A server of one test that fell is not held against the next test."""
        self._marks = {log: mark for log, mark in self._marks.items() if not mark.process.fell}

    def _fallen(self, names: Sequence[str]) -> list[_Mark]:
        of_these = (mark for mark in self._marks.values() if mark.process.name in names)
        return [mark for mark in of_these if mark.process.fell]


def _last_words(process: ManagedProcess, since: int) -> str:
    words = _from_last_words(process.log_text(since))
    if not words:
        return process.tail(_LINES, since)
    return "\n".join(line[:300] for line in words.splitlines()[:_LINES])


def _from_last_words(text: str) -> str:
    found = _LAST_WORDS.search(text)
    return text[found.start() :] if found else ""
