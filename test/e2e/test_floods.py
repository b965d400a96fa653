"""Without a stream key nobody gets anything: no memory, no place, no attention."""

import asyncio
import contextlib
import re
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from livekit import api

from conftest import MakeIngress, MakeService, Publish, Watch
from devstack import Ingress, Stack, free_ports, until
from devstack.ports import LOOPBACK
from kit import flv
from kit.clips import FULL, SMALL
from kit.flood import Flood
from kit.gaps import GapWatch
from kit.rtmp import RtmpPublisher
from kit.tcp_proxy import TcpProxy
from kit.tls import OwnCertificate
from kit.viewer import Viewer

STRANGER, OTHER = "127.0.0.3", "127.0.0.2"
MANY = "127.1"  # strangers, each with an address of its own
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Node:
    """A service of the test's own with a stream that plays."""

    service: Ingress
    viewer: Viewer
    process: psutil.Process
    others: tuple[int, ...]  # the other processes on the picture's way

    @property
    def memory(self) -> int:
        return self.process.memory_info().rss

    async def strikes(self, limit: str) -> float:
        return await strikes(self.service, limit)

    async def metric(self, name: str, label: str = "") -> float:
        return await metric(self.service, name, label)


async def metric(service: Ingress, name: str, label: str = "") -> float:
    """The first of this name that has the label."""
    line = rf"^{name}{{[^}}]*{label}[^}}]*}} (\S+)$"
    found = re.search(line, await service.metrics(), re.M)
    assert found, f"there is no {name} with {label}"
    return float(found[1])


async def strikes(service: Ingress, limit: str) -> float:
    return await metric(service, "livekit_ingress_limit_strikes_total", f'limit="{limit}"')


StartNode = Callable[..., Awaitable[Node]]


@pytest.fixture
async def start_node(
    stack: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
) -> StartNode:
    async def start(**options: object) -> Node:
        quiet = {"logging": {"level": "info"}}
        service = make_service(stack.default_ingress_config(), **(quiet | options))
        await until(service.ready, 30, "readiness")
        info = await make_ingress()
        viewer = await watch()
        info.url = service.rtmp_url
        encoder = publish(info, SMALL)
        await viewer.running_picture(count=30, timeout=40)
        others = (encoder.process.pid, stack.livekit.process.pid)
        return Node(service, viewer, psutil.Process(service.process.pid), others)

    return start


@contextlib.asynccontextmanager
async def undisturbed(node: Node) -> AsyncIterator[None]:
    """The stream beside shows no gap, and what was taken comes back."""
    memory, descriptors = node.memory, node.process.num_fds()
    async with GapWatch(node.viewer, node.process.pid, *node.others) as gaps:
        yield
    gap = gaps.worst()
    turn = await node.metric("livekit_ingress_loop_turn_seconds", 'span="minute"')
    assert gap.own <= 0.2, f"{gap}; longest turn {turn:.3f} s"
    await until(
        lambda: node.memory < memory + 16 * MEGABYTE and node.process.num_fds() <= descriptors + 2,
        25,
        lambda: (
            f"{memory >> 20} MB and {descriptors} descriptors as before; "
            f"{node.memory >> 20} MB and {node.process.num_fds()}"
        ),
    )


async def try_publish(
    service: Ingress, info: api.IngressInfo, source: str, url: str | None = None
) -> str:
    """Publishes nothing for a moment; returns the code of the answer, or what went wrong."""
    url = url or service.rtmp_url
    try:
        async with await RtmpPublisher.open(url, source) as encoder:
            await encoder.handshake()
            await encoder.connect(url)
            status = await encoder.publish(info.stream_key)
            await encoder.unpublish()
            return status.code
    except (OSError, AssertionError, asyncio.IncompleteReadError) as error:
        return repr(error)


async def publish_all(node: Node, infos: list[api.IngressInfo]) -> list[str]:
    return [await try_publish(node.service, info, OTHER) for info in infos]


async def ingresses(make_ingress: MakeIngress, count: int) -> list[api.IngressInfo]:
    return [await make_ingress(participant_identity=f"other-{i}") for i in range(count)]


async def test_unfinished_messages_take_no_memory(start_node: StartNode):
    node = await start_node()
    idle = node.memory
    mark = node.service.process.log_size()
    most = 0
    async with undisturbed(node):
        async with Flood("unfinished", node.service.rtmp_port, 1000, STRANGER) as flood:
            while not flood.outcome:
                most = max(most, node.memory)
                await asyncio.sleep(0.02)
            assert flood.outcome["closed"] == 1000, flood.outcome
        assert most <= idle + 64 * MEGABYTE, f"{most >> 20} MB, {idle >> 20} MB when idle"
        assert await node.strikes("connection_bytes") > 0
        await node.service.process.wait_log(r"send too much .*count=\d+", 15, since=mark)
    assert len(node.service.process.log_text(mark).splitlines()) < 200


async def test_idle_connections_of_one_address_keep_no_other_out(
    start_node: StartNode, make_ingress: MakeIngress
):
    node = await start_node()
    infos = await ingresses(make_ingress, 8)
    async with undisturbed(node):
        async with Flood("idle", node.service.rtmp_port, 4200, STRANGER) as flood:
            await flood.came()
            assert await publish_all(node, infos) == ["NetStream.Publish.Start"] * 8
            assert (await node.service.health("/availability")).status == 200
            assert await node.metric("livekit_ingress_connections", 'key="none"') <= 260
        assert await node.strikes("address_connections") >= 3900


async def test_a_full_node_gives_up_who_does_not_publish(
    start_node: StartNode, make_ingress: MakeIngress
):
    limits = {"connections": 60, "connections_per_address": 1000}
    node = await start_node(limits=limits)
    infos = await ingresses(make_ingress, 4)
    async with undisturbed(node):
        async with Flood("idle", node.service.rtmp_port, 300, STRANGER) as flood:
            await flood.came()
            assert (await node.service.health("/availability")).status == 503, "none got through"
            assert await node.metric("livekit_ingress_available") == 0
            assert await publish_all(node, infos) == ["NetStream.Publish.Start"] * 4
        assert await node.strikes("connections") >= 240
        available = lambda: says(node, "/availability", 200)  # noqa: E731
        await until(available, 15, "availability after the flood")


async def says(node: Node, path: str, status: int) -> bool:
    return (await node.service.health(path)).status == status


async def test_few_descriptors_are_kept_for_streams_and_probes(
    start_node: StartNode, make_ingress: MakeIngress
):
    few = ["bash", "-c", 'ulimit -n 256; exec "$@"', "bash"]
    node = await start_node(launcher=few, limits={"connections_per_address": 1000})
    assert "may open only 256 files" in node.service.process.log_text()
    infos = await ingresses(make_ingress, 4)
    async with undisturbed(node):
        async with Flood("idle", node.service.rtmp_port, 400, STRANGER) as flood:
            await flood.came()
            assert await node.service.healthy()
            assert await publish_all(node, infos) == ["NetStream.Publish.Start"] * 4
            assert await node.service.healthy()
            assert node.process.num_fds() <= 256 - 32
        assert await node.strikes("descriptors") > 0


async def test_the_soft_limit_of_descriptors_is_raised(stack: Stack, make_service: MakeService):
    soft = ["bash", "-c", 'ulimit -Sn 256; ulimit -Hn 5000; exec "$@"', "bash"]
    service = make_service(stack.default_ingress_config(), launcher=soft)
    await until(service.ready, 30, "readiness")
    limit = psutil.Process(service.process.pid).rlimit(psutil.RLIMIT_NOFILE)
    assert limit == (5000, 5000)
    assert "may open only" not in service.process.log_text()


@pytest.mark.parametrize("port", ["health_port", "prometheus_port"])
async def test_a_status_port_serves_the_newest(stack: Stack, make_service: MakeService, port: str):
    service = make_service(stack.default_ingress_config())
    await until(service.ready, 30, "readiness")
    where = ("127.0.0.1", service.config[port])
    with contextlib.ExitStack() as idle:
        for number in range(100):
            peer = idle.enter_context(socket.create_connection(where))
            if number % 2:
                peer.send(b"GET / HTTP/1.1\r\nHost:")
        for _ in range(3):
            began = time.monotonic()
            assert await service.healthy()
            assert "livekit_ingress_available" in await service.metrics()
            assert time.monotonic() - began < 1
    assert await strikes(service, "http_connections") > 0
    await service.process.wait_log("too many connections to a status port", 5)


async def test_wrong_keys_cost_little(start_node: StartNode, make_ingress: MakeIngress):
    node = await start_node()
    log = node.service.process
    mark = log.log_size()
    [info] = await ingresses(make_ingress, 1)
    async with undisturbed(node):
        async with Flood("keys", node.service.rtmp_port, 2000, STRANGER, seconds=12) as flood:
            await flood.came()
            used = sum(node.process.cpu_times()[:2])
            assert await flood.ended(60) == {"refused": 2000, "unheard": 0}
            share = (sum(node.process.cpu_times()[:2]) - used) / 12
        assert share <= 0.1, f"{share:.0%} of a core"
        assert await node.strikes("wrong_keys") >= 1500
        assert await try_publish(node.service, info, OTHER) == "NetStream.Publish.Start"
    await log.wait_log("wrong stream keys again and again.*count=[0-9]{3,}", 15, since=mark)
    assert len(log.log_text(mark)) < 100_000, "a log that a stranger can fill"
    assert "wrong-key-" not in log.log_text(mark)


@pytest.fixture
def rtmps(artifacts: Path, request: pytest.FixtureRequest) -> dict[str, object]:
    """Settings of an RTMPS port."""
    own = OwnCertificate.make(artifacts / "floods" / request.node.name)
    files = {"rtmps_cert_file": str(own.certificate), "rtmps_key_file": str(own.key)}
    return {"rtmps_port": free_ports(1)[0]} | files


@contextlib.asynccontextmanager
async def at_most(node: Node, growth: int) -> AsyncIterator[None]:
    """The service takes no more than that beyond what it has now."""
    idle, most = node.memory, 0

    async def look() -> None:
        nonlocal most
        while True:
            most = max(most, node.memory)
            await asyncio.sleep(0.02)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
    assert most <= idle + growth, f"{most >> 20} MB, {idle >> 20} MB when idle"


@pytest.mark.parametrize("kind", ["half-a-hello", "hello"])
async def test_tls_without_a_key_takes_little_memory(
    start_node: StartNode, make_ingress: MakeIngress, rtmps: dict[str, object], kind: str
):
    node = await start_node(**rtmps)
    infos = await ingresses(make_ingress, 2)
    port = rtmps["rtmps_port"]
    url = f"rtmps://{LOOPBACK}:{port}/live"
    async with (
        undisturbed(node),
        at_most(node, 64 * MEGABYTE),
        Flood(kind, port, 4000, MANY) as flood,
    ):
        await flood.came()
        kept = await node.metric("livekit_ingress_stranger_bytes")
        assert kept > 100_000, "it is counted"
        for info in infos:
            answer = await try_publish(node.service, info, OTHER, url)
            assert answer == "NetStream.Publish.Start"
        await asyncio.sleep(2)


@pytest.mark.parametrize("port", ["health_port"])
async def test_memory_comes_back_after_a_flood_of_any_port(start_node: StartNode, port: str):
    node = await start_node()
    flooded = node.service.config[port]
    async with undisturbed(node), Flood("idle", flooded, 4000, STRANGER) as flood:
        await flood.came()
        await asyncio.sleep(2)


async def test_a_burst_on_a_port_within_disturbs_no_stream(start_node: StartNode):
    """Of those who ask, and of those who hold the places of handlers."""
    node = await start_node(debug_handler_port=free_ports(1)[0])
    ports = ["health_port", "prometheus_port", "debug_handler_port", "http_relay_port"]
    async with undisturbed(node):
        for port in ports:
            async with Flood("ask", node.service.config[port], 1000, STRANGER) as flood:
                await flood.came()
                await asyncio.sleep(1)
        async with Flood("idle", node.service.config["http_relay_port"], 1000, STRANGER) as flood:
            await flood.came()
            await asyncio.sleep(1)
        assert await node.strikes("relay_connections") >= 450


async def test_wrong_keys_of_many_addresses_keep_no_encoder_waiting(
    stack: Stack, make_service: MakeService, make_ingress: MakeIngress
):
    """While livekit-server answers nobody, the line is full; when it answers, who came last is not
    behind it."""
    service = make_service(stack.default_ingress_config())
    await until(service.ready, 30, "readiness")
    [info] = await ingresses(make_ingress, 1)
    livekit = stack.livekit.process
    livekit.send_signal(signal.SIGSTOP)
    try:
        async with Flood("keys", service.rtmp_port, 1500, MANY):
            await until(lambda: full(service), 30, "a full line")
            encoder = asyncio.create_task(try_publish(service, info, OTHER))
            await asyncio.sleep(0.5)
            assert not encoder.done(), f"refused: {encoder.result()}"
            livekit.send_signal(signal.SIGCONT)
            assert await asyncio.wait_for(encoder, 10) == "NetStream.Publish.Start"
    finally:
        livekit.send_signal(signal.SIGCONT)


async def full(service: Ingress) -> bool:
    """So many wait for a look at their key that some have been given up."""
    return await strikes(service, "pending_publishes") > 1200


async def test_a_stranger_is_told_nothing_of_our_servers(servers: Stack, make_service: MakeService):
    host, port = servers.redis.address.rsplit(":", 1)
    proxy = TcpProxy(free_ports(1)[0], int(port))
    await proxy.open()
    ours = f"{host}:{proxy.port}"
    service = make_service(servers.default_ingress_config(), redis={"address": ours})
    await until(service.ready, 30, "readiness")
    await proxy.shut()
    await service.process.wait_log("retrying", 20)
    async with await RtmpPublisher.open(service.rtmp_url) as stranger:
        await stranger.handshake()
        await stranger.connect(service.rtmp_url)
        status = await stranger.publish("any-key")
    assert status.level == "error"
    assert "Redis cannot be reached" in status.description
    assert str(proxy.port) not in status.description
    assert host not in status.description
    await service.process.wait_log(rf"publish refused.*detail=.*{ours}", 10)


async def test_a_thin_upload_takes_no_memory(
    start_node: StartNode, make_ingress: MakeIngress, clips: None
):
    """Of whoever has a key: 64 kB/s for a stream that wants three times as much."""
    node = await start_node()
    [info] = await ingresses(make_ingress, 1)
    tags = flv.read(FULL.path())
    rate = 64_000

    def family() -> int:
        children = node.process.children(recursive=True)
        return node.memory + sum(child.memory_info().rss for child in children)

    async with undisturbed(node):
        key = info.stream_key
        async with await RtmpPublisher.publishing(node.service.rtmp_url, key, OTHER) as encoder:
            carried, schedule = 0, []
            for tag in tags:
                carried += len(tag.body)
                schedule.append((carried / rate, tag))
            playing = asyncio.create_task(encoder.play_at(schedule))
            await asyncio.sleep(10)
            settled = family()
            await asyncio.sleep(15)
            grown = family() - settled
            assert not encoder.closed.is_set(), encoder.statuses
            playing.cancel()
            await encoder.unpublish()
    assert grown <= 48 * MEGABYTE, f"{grown >> 20} MB in 15 s"
