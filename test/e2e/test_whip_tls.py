"""WHIP over HTTPS, and what clients are told of ICE servers."""

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from livekit import api

from conftest import LOGS, MakeIngress, MakeService, Watch
from devstack import Ingress, Stack, free_ports, until
from devstack.ports import LOOPBACK
from kit.clips import SMALL
from kit.tls import OwnCertificate, replace_file
from kit.whip import FfmpegWhip
from kit.whip_offer import AUDIO_OFFER


@pytest.fixture
def certificate(artifacts: Path, request: pytest.FixtureRequest) -> OwnCertificate:
    return OwnCertificate.make(artifacts / "whip-tls" / request.node.name)


@pytest.fixture
async def node(
    servers: Stack, make_service: MakeService, certificate: OwnCertificate
) -> AsyncIterator[Ingress]:
    http, media = free_ports(2)
    turn = {"host": "turn.example.com", "port": 443, "protocol": "tls", "secret": "north"}
    node = make_service(
        servers.default_ingress_config(),
        whip_port=http,
        whip_tls={"cert_file": str(certificate.certificate), "key_file": str(certificate.key)},
        rtc_config={
            "udp_port": media,
            "node_ip": LOOPBACK,
            "stun_servers": ["stun.example.com"],
            "turn_servers": [turn],
        },
    )
    await until(node.ready, 30, "the node")
    return node


def endpoint(node: Ingress) -> str:
    return f"https://{LOOPBACK}:{node.config['whip_port']}/w"


async def test_a_client_believes_the_certificate_and_learns_of_ice_servers(
    node: Ingress, certificate: OwnCertificate, make_ingress: MakeIngress
):
    info = await make_ingress(input_type=api.IngressInput.WHIP_INPUT)
    believed = ssl.create_default_context(cafile=str(certificate.certificate))
    headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {info.stream_key}"}
    async with (
        aiohttp.ClientSession() as client,
        client.post(endpoint(node), data=AUDIO_OFFER, headers=headers, ssl=believed) as answer,
    ):
        assert answer.status == 201
        stun, turn = answer.headers.getall("Link")
        assert stun == '<stun:stun.example.com:3478>; rel="ice-server"'
        found = re.fullmatch(
            r'<turns:turn\.example\.com:443\?transport=tcp>; rel="ice-server"; '
            r'username="(\d+):whip"; credential="[A-Za-z0-9+/]{27}="; '
            r'credential-type="password"',
            turn,
        )
        assert abs(int(found[1]) - time.time() - 4 * 3600) < 60
        session = endpoint(node).removesuffix("/w") + answer.headers["Location"]
        async with client.delete(session, ssl=believed) as deleted:
            assert deleted.status == 200
    log = node.process.log_text()
    assert info.stream_key not in log
    assert "north" not in log


async def test_ffmpeg_publishes_over_https(
    node: Ingress,
    certificate: OwnCertificate,
    make_ingress: MakeIngress,
    watch: Watch,
    clips: None,
    artifacts: Path,
):
    info = await make_ingress(input_type=api.IngressInput.WHIP_INPUT)
    viewer = await watch()
    secure = api.IngressInfo(url=endpoint(node), stream_key=info.stream_key)
    log = artifacts / "ffmpeg" / "whip-tls.log"
    publisher = FfmpegWhip(SMALL, secure, log, believes=certificate.certificate)
    publisher.start()
    LOGS.watch(publisher.process)
    try:
        await viewer.running_picture(count=30, timeout=40)
    finally:
        await publisher.stop()


async def test_a_client_that_does_not_believe_the_certificate_is_in_the_log(
    node: Ingress, make_ingress: MakeIngress, clips: None, artifacts: Path
):
    info = await make_ingress(input_type=api.IngressInput.WHIP_INPUT)
    secure = api.IngressInfo(url=endpoint(node), stream_key=info.stream_key)
    publisher = FfmpegWhip(SMALL, secure, artifacts / "ffmpeg" / "whip-tls-refuses.log")
    publisher.start()
    assert await publisher.process.wait(20) != 0
    words = "TLS handshake of a WHIP client failed.*does not accept the certificate"
    await node.process.wait_log(words, 5)


async def test_a_renewed_certificate_is_shown_and_a_broken_one_is_not(
    node: Ingress, certificate: OwnCertificate
):
    async def shown() -> str:
        where = (LOOPBACK, node.config["whip_port"])
        return await asyncio.to_thread(ssl.get_server_certificate, where)

    assert await shown() == certificate.certificate.read_text()
    second = OwnCertificate.make(certificate.key.parent / "second")
    replace_file(certificate.certificate, second.certificate.read_text())
    replace_file(certificate.key, second.key.read_text())

    async def shows_second() -> bool:
        return await shown() == second.certificate.read_text()

    await until(shows_second, 20, "the new certificate")
    certificate.key.unlink()
    words = r"WARN.*certificate of the WHIP port is not used, the old one stays.*cannot open"
    await node.process.wait_log(words, 20)
    assert await shows_second()
    expiry = r"livekit_ingress_whip_certificate_expiry_timestamp_seconds\{.*\} (\S+)"
    left = float(re.search(expiry, await node.metrics())[1]) - time.time()
    assert 1 * 86400 < left < 2 * 86400 + 60


async def test_a_node_does_not_start_without_its_certificate(
    servers: Stack, make_service: MakeService, artifacts: Path
):
    missing = str(artifacts / "no-such.pem")
    service = make_service(
        servers.default_ingress_config(),
        whip_port=free_ports(1)[0],
        whip_tls={"cert_file": missing, "key_file": missing},
    )
    assert await service.process.wait(20) == 1
    assert "certificate of whip_port" in service.process.log_text()
