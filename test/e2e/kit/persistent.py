"""An encoder that connects again whenever it loses its connection, as OBS and hardware do."""

import asyncio
import contextlib
from collections.abc import Sequence

from kit.flv import Tag
from kit.rtmp import RtmpPublisher


class PersistentEncoder:
    """Sends the clip from its beginning at each connection, until it is stopped."""

    RETRY_SECONDS = 0.3

    def __init__(self, url: str, key: str, clip: Sequence[Tag]):
        self._url, self._key, self._clip = url, key, clip
        self._task: asyncio.Task | None = None
        self.connections = 0  # that were accepted
        self.last_words = ""  # of the last refusal or end

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(OSError, AssertionError, asyncio.IncompleteReadError):
                await self._connect_once()
            await asyncio.sleep(self.RETRY_SECONDS)

    async def _connect_once(self) -> None:
        async with await RtmpPublisher.open(self._url) as publisher:
            await publisher.handshake()
            await publisher.connect(self._url)
            status = await publisher.publish(self._key)
            self.last_words = status.description
            if status.level == "error":
                return
            self.connections += 1
            await publisher.play(self._clip)
            self.last_words = publisher.statuses[-1].description
