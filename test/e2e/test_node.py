"""What a node takes: the streams that its machine has room for, whoever uses the rest."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from conftest import MakeIngress, MakeService
from devstack import Ingress, Stack, until
from kit.own_cgroup import OwnCgroup
from kit.rtmp import RtmpPublisher

LOOKS_AROUND = {"rtmp_cpu_cost": 0.01, "min_idle_ratio": 0.3}
MEGABYTE = 1 << 20

needs_cgroups = pytest.mark.skipif(
    not OwnCgroup.possible(), reason="no control groups of version 1 can be made here"
)


@asynccontextmanager
async def busy_loops(count: int, launcher: Sequence[str] = ()) -> AsyncIterator[None]:
    """Programs that take all of a processor each."""
    argv = [*launcher, "sh", "-c", "while :; do :; done"]
    running = [await asyncio.create_subprocess_exec(*argv) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            await process.wait()


def says(service: Ingress, status: int, words: str):
    async def does() -> bool:
        answer = await service.health("/availability")
        return answer.status == status and words in answer.body

    return does


async def gauge(service: Ingress, name: str) -> float:
    found = re.search(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", await service.metrics(), re.MULTILINE)
    assert found, name
    return float(found[1])


async def test_a_node_that_other_programs_use_takes_no_stream(
    servers: Stack, make_service: MakeService, make_ingress: MakeIngress
):
    base = servers.default_ingress_config()
    aware, blind = make_service(base, cpu_cost=LOOKS_AROUND), make_service(base)
    for service in (aware, blind):
        await until(service.ready, 30, "the service")
    info = await make_ingress()
    async with busy_loops((os.cpu_count() or 1) + 1):
        await until(says(aware, 503, "cores are idle"), 40, "the node to be unavailable")
        async with await RtmpPublisher.open(aware.rtmp_url) as publisher:
            await publisher.handshake()
            await publisher.connect(aware.rtmp_url)
            status = await publisher.publish(info.stream_key)
        assert status.level == "error"
        assert "cores are idle" in status.description
        assert await gauge(aware, "livekit_ingress_available") == 0
        assert await gauge(aware, "livekit_node_cpu_load") > 0.7
        assert (await blind.health("/availability")).status == 200


MakeCgroup = Callable[..., Awaitable[OwnCgroup]]


@pytest.fixture
async def make_cgroup() -> AsyncIterator[MakeCgroup]:
    """Control groups that are gone after the test. To be asked for before `make_service`, whose
    processes end first then."""
    async with AsyncExitStack() as groups:

        async def make(**limits: Any) -> OwnCgroup:
            return await groups.enter_async_context(OwnCgroup(**limits))

        yield make


@needs_cgroups
async def test_the_quota_of_a_container_is_the_node(
    servers: Stack, make_cgroup: MakeCgroup, make_service: MakeService
):
    group = await make_cgroup(cores=0.5)
    service = make_service(
        servers.default_ingress_config(), launcher=group.argv, cpu_cost=LOOKS_AROUND
    )
    await until(service.ready, 60, "the service")
    assert "cores=0.5" in await service.process.wait_log("ready for encoders", 5)
    async with busy_loops(1, group.argv):
        await until(says(service, 503, "of 0.50 cores are idle"), 60, "the quota to be used up")


@needs_cgroups
async def test_the_memory_limit_of_a_container_is_the_nodes(
    servers: Stack, make_cgroup: MakeCgroup, make_service: MakeService
):
    group = await make_cgroup(cores=1, memory=170 * MEGABYTE)
    service = make_service(servers.default_ingress_config(), launcher=group.argv)
    await until(service.ready, 60, "the service")
    await until(says(service, 503, "MB of memory, but"), 20, "too little memory")
