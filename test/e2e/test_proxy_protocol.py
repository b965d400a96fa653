"""Behind a balancer that sends PROXY headers: what counts is the encoder's own address."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from livekit import api

from conftest import LOGS, MakeService
from devstack import Ingress, Stack, until
from devstack.ports import LOOPBACK
from kit import flv
from kit.clips import SILENT
from kit.haproxy import Balancer
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog

# All of 127.0.0.0/8 is this machine; the balancer connects from its first address.
ENCODER, STRANGER = "127.0.0.5", "127.0.0.9"
V1_HEADER = b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 1935\r\n"
V2_HEADER = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\7\x7f\0\0\1\x9c\x40\7\x8f"


@pytest.fixture
async def node(servers: Stack, make_service: MakeService) -> Ingress:
    node = make_service(servers.default_ingress_config(), rtmp_proxy_protocol=[LOOPBACK])
    await until(node.ready, 30, "the node")
    return node


MakeBalancer = Callable[..., Awaitable[Balancer]]


@pytest.fixture
async def make_balancer(node: Ingress, artifacts: Path) -> AsyncIterator[MakeBalancer]:
    running: list[Balancer] = []

    async def make(server_options: str, **options: Any) -> Balancer:
        folder = artifacts / "haproxy-proxy"
        balancer = Balancer([node], folder, server_options, **options)
        LOGS.watch(balancer.process)
        running.append(balancer)
        await balancer.start()
        return balancer

    yield make
    for balancer in running:
        await balancer.process.stop()


@pytest.mark.parametrize("version", ["send-proxy", "send-proxy-v2"])
async def test_an_encoder_behind_a_balancer_is_known_by_its_own_address(
    version: str,
    node: Ingress,
    make_balancer: MakeBalancer,
    ingress: api.IngressInfo,
    states: StateLog,
    clips: None,
):
    balancer = await make_balancer(version)
    key = ingress.stream_key
    async with await RtmpPublisher.publishing(balancer.url, key, source=ENCODER) as publisher:
        playing = asyncio.create_task(publisher.play(flv.read(SILENT.path())))
        await states.wait_status(ingress.ingress_id, "PUBLISHING", 40)
        playing.cancel()
        await publisher.unpublish()
    await node.process.wait_log(rf"peer={ENCODER}:\d+", 5)
    assert f"peer={LOOPBACK}:" not in node.process.log_text()


async def test_an_encoder_of_ipv6_is_known_too(
    node: Ingress, make_balancer: MakeBalancer, ingress: api.IngressInfo
):
    balancer = await make_balancer("send-proxy-v2", address="::1")
    async with await RtmpPublisher.open(balancer.url) as publisher:
        await publisher.handshake()
        await publisher.connect(balancer.url)
        await publisher.publish("no-such-key")
    await node.process.wait_log(r"publish refused.*peer=\"\[::1\]:\d+\"", 5)


@pytest.mark.parametrize("version", ["send-proxy", "send-proxy-v2"])
async def test_health_checks_with_a_header_leave_no_trace(
    version: str, node: Ingress, make_balancer: MakeBalancer
):
    mark = node.process.log_size()
    balancer = await make_balancer(f"{version} check-send-proxy", by_connecting=True)
    await asyncio.sleep(1)  # five checks
    assert "WARN" not in node.process.log_text(mark)
    assert balancer.process.running


@pytest.mark.parametrize("header", [V1_HEADER, V2_HEADER], ids=["v1", "v2"])
async def test_a_header_of_a_stranger_is_refused_with_words(node: Ingress, header: bytes):
    async with await RtmpPublisher.open(node.rtmp_url, source=STRANGER) as publisher:
        await publisher.send_raw(header)
        await publisher.wait_hangup(10)
    await node.process.wait_log(
        rf"peer={STRANGER}:\d+.*a PROXY header from an address that rtmp_proxy_protocol does not",
        5,
    )
    assert "192.0.2.7" not in node.process.log_text()


@pytest.mark.parametrize("header", [V1_HEADER, V2_HEADER], ids=["v1", "v2"])
async def test_a_second_header_is_told_as_one(node: Ingress, header: bytes):
    mark = node.process.log_size()
    async with await RtmpPublisher.open(node.rtmp_url) as publisher:
        await publisher.send_raw(V1_HEADER + header)
        await publisher.wait_hangup(10)
    line = await node.process.wait_log(
        r"peer=192\.0\.2\.7:40000.*a PROXY header: the second one of this connection", 5, since=mark
    )
    assert "does not name" not in line


async def test_a_stranger_publishes_without_a_header(node: Ingress, ingress: api.IngressInfo):
    key = ingress.stream_key
    async with await RtmpPublisher.publishing(node.rtmp_url, key, source=STRANGER) as publisher:
        await publisher.unpublish()


async def test_a_balancer_without_a_header_is_told(node: Ingress):
    async with await RtmpPublisher.open(node.rtmp_url) as publisher:
        await publisher.send_raw(b"\x03" + bytes(1536))
        await publisher.wait_hangup(10)
    await node.process.wait_log(
        rf"peer={LOOPBACK}:\d+.*no PROXY header.*rtmp_proxy_protocol names this address", 5
    )


async def test_a_balancer_that_says_nothing_is_given_up(node: Ingress):
    async with await RtmpPublisher.open(node.rtmp_url) as publisher:
        await publisher.send_raw(V1_HEADER[:10])
        await publisher.wait_hangup(10)
    await node.process.wait_log(r"PROXY header: not done within 5000 ms", 5)
