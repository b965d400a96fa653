"""What clients are told of how media reaches the node: rtc_config."""

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator

import psutil
import pytest
from livekit import api

from conftest import MakeIngress, MakeService
from devstack import Ingress, Stack, free_ports, until
from devstack.ports import LOOPBACK
from kit.whip import ask
from kit.whip_offer import AUDIO_OFFER

SEEN = "203.0.113.9"  # the address that the STUN server tells
_COOKIE = 0x2112A442


class StunServer(asyncio.DatagramProtocol):
    """Answers every Binding request that it came from SEEN."""

    def __init__(self) -> None:
        self.requests = 0
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.requests += 1
        port = addr[1] ^ (_COOKIE >> 16)
        (ip,) = struct.unpack(">I", socket.inet_aton(SEEN))
        mapped = struct.pack(">HHBBHI", 0x20, 8, 0, 1, port, ip ^ _COOKIE)
        self.transport.sendto(struct.pack(">HH", 0x101, len(mapped)) + data[4:20] + mapped, addr)


@pytest.fixture
async def stun() -> AsyncIterator[tuple[str, StunServer]]:
    """At all addresses of the machine."""
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        StunServer, local_addr=("0.0.0.0", 0)
    )
    yield f"{outer_address()}:{transport.get_extra_info('sockname')[1]}", server
    transport.close()


def outer_address() -> str:
    """The machine's first IPv4 address that is not loopback."""
    for addresses in psutil.net_if_addrs().values():
        for one in addresses:
            if one.family == socket.AF_INET and not one.address.startswith(("127.", "169.254.")):
                return one.address
    pytest.skip("the machine has no address but loopback")
    raise AssertionError


async def start(servers: Stack, make_service: MakeService, **rtc: object) -> Ingress:
    node = make_service(
        servers.default_ingress_config(), whip_port=free_ports(1)[0], rtc_config=rtc
    )
    await until(node.ready, 30, "the node")
    return node


async def candidates(node: Ingress, info: api.IngressInfo) -> list[tuple[str, str, int]]:
    """Transport, address and port of each that a client is told."""
    url = f"http://127.0.0.1:{node.config['whip_port']}"
    endpoint = f"{url}/w/{info.stream_key}"
    answer = await ask("POST", endpoint, AUDIO_OFFER, Content_Type="application/sdp")
    assert answer.status == 201, answer.body
    assert (await ask("DELETE", url + answer.headers["Location"])).status == 200
    lines = re.findall(r"a=candidate:\S+ 1 (\S+) \d+ (\S+) (\d+) typ host", answer.body)
    return [(transport.lower(), address, int(port)) for transport, address, port in lines]


@pytest.fixture
async def info(make_ingress: MakeIngress) -> api.IngressInfo:
    return await make_ingress(input_type=api.IngressInput.WHIP_INPUT)


async def test_the_ports_outside_of_a_nat_are_told(
    servers: Stack, make_service: MakeService, info: api.IngressInfo
):
    (udp,) = free_ports(1, socket.SOCK_DGRAM)
    (tcp,) = free_ports(1)
    node = await start(
        servers,
        make_service,
        udp_port=udp,
        tcp_port=tcp,
        node_ip=SEEN,
        external_udp_port=20638,
        external_tcp_port=20639,
    )
    assert await candidates(node, info) == [("udp", SEEN, 20638), ("tcp", SEEN, 20639)]


async def test_the_first_free_port_of_a_range_is_taken(
    servers: Stack, make_service: MakeService, info: api.IngressInfo
):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, 0))
        first = taken.getsockname()[1]
        last = min(first + 50, 65535)
        node = await start(
            servers,
            make_service,
            port_range_start=first,
            port_range_end=last,
            ips={"includes": ["127.0.0.0/8"]},
        )
        ((transport, address, port),) = await candidates(node, info)
    assert (transport, address) == ("udp", LOOPBACK)
    assert first < port <= last
    assert "all sessions share one port" in node.process.log_text()


async def test_stun_servers_say_the_address_that_clients_are_told(
    servers: Stack,
    make_service: MakeService,
    info: api.IngressInfo,
    stun: tuple[str, StunServer],
):
    url, server = stun
    (udp,) = free_ports(1, socket.SOCK_DGRAM)
    rtc = {"udp_port": udp, "use_external_ip": True, "stun_servers": [url]}
    node = await start(servers, make_service, **rtc, external_ip_only=True)
    assert await candidates(node, info) == [("udp", SEEN, udp)]
    assert server.requests > 0

    rtc["udp_port"] = free_ports(1, socket.SOCK_DGRAM)[0]
    node = await start(servers, make_service, **rtc, advertise_internal_ip=True)
    told = await candidates(node, info)
    assert told[0] == ("udp", SEEN, rtc["udp_port"])
    assert ("udp", outer_address(), rtc["udp_port"]) in told


async def test_a_node_whose_stun_servers_are_silent_says_so(
    servers: Stack, make_service: MakeService, info: api.IngressInfo
):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("0.0.0.0", 0))
        rtc = {
            "use_external_ip": True,
            "external_ip_only": True,
            "stun_servers": [f"{outer_address()}:{silent.getsockname()[1]}"],
        }
        ports = free_ports(2, socket.SOCK_DGRAM)
        node = await start(servers, make_service, **rtc, udp_port=ports[0], node_ip=SEEN)
        await node.process.wait_log("WARN.*no STUN server has answered", 5)
        assert await candidates(node, info) == [("udp", SEEN, ports[0])]
        node = await start(servers, make_service, **rtc, udp_port=ports[1])
        assert ("udp", outer_address(), ports[1]) in await candidates(node, info)


async def test_media_comes_over_tcp_alone_where_udp_is_off(
    servers: Stack, make_service: MakeService, info: api.IngressInfo
):
    (tcp,) = free_ports(1)
    node = await start(servers, make_service, tcp_port=tcp, force_tcp=True, node_ip=LOOPBACK)
    assert await candidates(node, info) == [("tcp", LOOPBACK, tcp)]
