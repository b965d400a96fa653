"""One HTTP GET to a loopback port, for readiness and health."""

from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True)
class Answer:
    """`status` is 0 when nobody answered; then `body` says why."""

    status: int
    body: str


async def get(url: str, timeout: float = 2) -> Answer:
    limit = aiohttp.ClientTimeout(total=timeout)
    try:
        async with aiohttp.ClientSession(timeout=limit) as session, session.get(url) as response:
            return Answer(response.status, await response.text())
    except (aiohttp.ClientError, TimeoutError) as error:
        return Answer(0, str(error) or type(error).__name__)
