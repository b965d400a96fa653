"""Waiting for conditions, never for time to pass."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.02


class WaitTimeout(AssertionError):
    """A condition did not come true in time."""


async def until(
    condition: Callable[[], T | Awaitable[T]], timeout: float, what: str | Callable[[], str]
) -> T:
    """The first true result of `condition`.

    Raises WaitTimeout after `timeout` seconds, saying what was waited for; `what` may be a
    function that also says what was there instead.
    """
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if inspect.isawaitable(result):
            result = await result
        if result:
            return result
        if time.monotonic() >= deadline:
            text = what() if callable(what) else what
            raise WaitTimeout(f"not within {timeout:g} s: {text}")
        await asyncio.sleep(POLL_SECONDS)
