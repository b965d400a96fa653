"""A private Redis server that keeps nothing on disk."""

from pathlib import Path

import redis.asyncio
from redis.exceptions import RedisError

from devstack.ports import LOOPBACK
from devstack.process import ManagedProcess


class Redis:
    def __init__(self, port: int, folder: Path):
        self.port = port
        self.address = f"{LOOPBACK}:{port}"
        argv = ["redis-server", "--port", str(port), "--bind", LOOPBACK, "--dir", str(folder)]
        argv += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        self.process = ManagedProcess("redis", argv, folder / "redis.log")

    def client(self) -> redis.asyncio.Redis:
        return redis.asyncio.Redis(host=LOOPBACK, port=self.port)

    async def start(self, timeout: float = 10) -> None:
        self.process.start()
        await self.process.wait_ready(self._answers, timeout)

    async def stop(self) -> None:
        await self.process.stop()

    async def _answers(self) -> bool:
        async with self.client() as client:
            try:
                return await client.ping()
            except RedisError:
                return False
