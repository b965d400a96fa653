"""RTMP over TLS: encoders that encrypt, the certificate's life, and words for mixed-up ports."""

import asyncio
import contextlib
import re
import shutil
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from livekit import api

from conftest import LOGS, MakeService, Publish, Watch
from devstack import Ingress, Stack, free_ports, until
from devstack.ports import LOOPBACK
from kit import flv
from kit.clips import SILENT, SMALL
from kit.haproxy import Balancer
from kit.persistent import PersistentEncoder
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog
from kit.tls import OwnCertificate, replace_file

ENCODER = "127.0.0.5"


@pytest.fixture
def certificate(artifacts: Path, request: pytest.FixtureRequest) -> OwnCertificate:
    return OwnCertificate.make(artifacts / "rtmps" / request.node.name)


@pytest.fixture
async def node(
    servers: Stack, make_service: MakeService, certificate: OwnCertificate
) -> AsyncIterator[Ingress]:
    """A node that takes RTMP and RTMPS, and PROXY headers of this machine's first address."""
    node = make_service(
        servers.default_ingress_config(),
        rtmps_port=free_ports(1)[0],
        rtmps_cert_file=str(certificate.certificate),
        rtmps_key_file=str(certificate.key),
    )
    await until(node.ready, 30, "the node")
    return node


def rtmps_url(node: Ingress) -> str:
    return f"rtmps://{LOOPBACK}:{node.config['rtmps_port']}/live"


async def shown_certificate(node: Ingress) -> str:
    where = (LOOPBACK, node.config["rtmps_port"])
    return await asyncio.to_thread(ssl.get_server_certificate, where)


async def test_ffmpeg_streams_over_rtmps(
    node: Ingress, ingress: api.IngressInfo, publish: Publish, watch: Watch, states: StateLog
):
    viewer = await watch()
    mark = node.process.log_size()
    publisher = publish(api.IngressInfo(url=rtmps_url(node), stream_key=ingress.stream_key), SMALL)
    frames = await viewer.running_picture(count=60, timeout=40)
    assert frames
    await until(lambda: len(viewer.beeps) >= 3, 20, viewer.summary)
    await publisher.stop()
    await states.wait_status(ingress.ingress_id, "INACTIVE", 20)
    assert "WARN" not in node.process.log_text(mark)


async def test_ffmpeg_is_told_why_it_is_refused(node: Ingress, publish: Publish):
    wrong = api.IngressInfo(url=rtmps_url(node), stream_key="no-such-key")
    publisher = publish(wrong, SMALL)
    assert await publisher.process.wait(20) != 0
    assert "key" in publisher.process.log_text().split("Server error:")[-1].lower()


async def test_a_renewed_certificate_is_shown_and_a_broken_one_is_not(
    node: Ingress, ingress: api.IngressInfo, certificate: OwnCertificate, clips: None
):
    first = certificate.certificate.read_text()
    encoder = PersistentEncoder(rtmps_url(node), ingress.stream_key, flv.read(SILENT.path()))
    encoder.start()
    try:
        await until(lambda: encoder.connections == 1, 20, "the publish")
        second = OwnCertificate.make(certificate.key.parent / "second")
        replace_file(certificate.certificate, second.certificate.read_text())
        replace_file(certificate.key, second.key.read_text())

        async def shows_second() -> bool:
            return await shown_certificate(node) == second.certificate.read_text()

        await until(shows_second, 20, "the new certificate")

        mark = node.process.log_size()
        replace_file(certificate.certificate, first)  # whose key is gone
        await node.process.wait_log(
            r"WARN.*the new certificate of the RTMPS port is not used, the old one stays.*"
            r"the key is not the certificate's",
            20,
            since=mark,
        )
        assert await shows_second()
        certificate.key.unlink()
        await node.process.wait_log(r"WARN.*key\.pem: cannot open: No such file", 20, since=mark)
        assert await shows_second()
        assert len(re.findall("the old one stays", node.process.log_text(mark))) == 2, "once each"
        assert encoder.connections == 1, "who streams notices nothing"
        expiry = r"livekit_ingress_rtmps_certificate_expiry_timestamp_seconds\{.*\} (\S+)"
        left = float(re.search(expiry, await node.metrics())[1]) - time.time()
        assert 1 < left / 86400 < 2
    finally:
        await encoder.stop()


async def test_a_valid_certificate_stays_until_there_is_a_valid_one(
    node: Ingress, certificate: OwnCertificate
):
    first = certificate.certificate.read_text()
    now = datetime.now(UTC)
    mark = node.process.log_size()
    expired = certificate.valid_between(now - timedelta(days=9), now - timedelta(days=2))
    replace_file(certificate.certificate, expired)
    line = await node.process.wait_log(
        r"WARN.*the old one stays.*the new one is out of date since", 20, since=mark
    )
    assert "put a certificate there that is valid now" in line
    assert await shown_certificate(node) == first
    expiry = r"livekit_ingress_rtmps_certificate_expiry_timestamp_seconds\{.*\} (\S+)"
    assert float(re.search(expiry, await node.metrics())[1]) > time.time(), "of the one shown"

    soon = now + timedelta(seconds=20)
    fresh = certificate.valid_between(soon, now + timedelta(days=9))
    replace_file(certificate.certificate, fresh)
    await node.process.wait_log(
        r"WARN.*the old one stays.*the new one is not valid before", 15, since=mark
    )
    assert await shown_certificate(node) == first

    async def shows_fresh() -> bool:
        return await shown_certificate(node) == fresh

    await until(shows_fresh, 40, "the new certificate when its time has come")
    assert datetime.now(UTC) >= soon - timedelta(seconds=1)


async def test_plain_rtmp_on_the_rtmps_port_is_told(node: Ingress):
    plain = f"rtmp://{LOOPBACK}:{node.config['rtmps_port']}/live"
    async with await RtmpPublisher.open(plain) as publisher:
        await publisher.send_raw(b"\x03" + bytes(1536))
        await publisher.wait_hangup(10)
    await node.process.wait_log(
        r"WARN.*plain RTMP on the RTMPS port; the encoder's URL must begin with rtmps://", 5
    )


async def test_tls_on_the_plain_port_is_told(node: Ingress):
    with pytest.raises((ssl.SSLError, OSError)):
        await RtmpPublisher.open(f"rtmps://{LOOPBACK}:{node.rtmp_port}/live")
    await node.process.wait_log(
        r"WARN.*TLS on the plain RTMP port; use rtmp:// in the encoder's URL, or rtmps://", 5
    )


async def test_half_a_tls_handshake_is_given_up(node: Ingress):
    plain = f"rtmp://{LOOPBACK}:{node.config['rtmps_port']}/live"
    async with await RtmpPublisher.open(plain) as publisher:
        await publisher.send_raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        await publisher.wait_hangup(15)
    await node.process.wait_log(r"WARN.*TLS: not done within 10000 ms", 5)


@pytest.mark.parametrize(
    ("version", "works"), [("tls1_1", False), ("tls1_2", True), ("tls1_3", True)]
)
async def test_tls_is_taken_from_1_2_on(node: Ingress, version: str, works: bool):
    where = f"{LOOPBACK}:{node.config['rtmps_port']}"
    argv = [
        "openssl",
        "s_client",
        f"-{version}",
        "-cipher",
        "DEFAULT@SECLEVEL=0",
        "-connect",
        where,
    ]
    client = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
    )
    assert (await asyncio.wait_for(client.wait(), 20) == 0) == works
    if not works:
        await node.process.wait_log(r"WARN.*the client offers no TLS 1.2 or newer", 5)


async def test_either_port_takes_a_stream_over_from_the_other(
    node: Ingress, ingress: api.IngressInfo, states: StateLog, clips: None
):
    clip = flv.read(SILENT.path())
    async with contextlib.AsyncExitStack() as stack:
        before = None
        for url in (rtmps_url(node), node.rtmp_url, rtmps_url(node)):
            key = ingress.stream_key
            publisher = await stack.enter_async_context(await RtmpPublisher.publishing(url, key))
            playing = asyncio.create_task(publisher.play(clip))
            stack.callback(playing.cancel)
            await states.wait_status(ingress.ingress_id, "PUBLISHING", 40)
            if before:
                await before.wait_closed(10)
                assert before.statuses[-1].level == "error", before.statuses
                assert "another encoder" in before.statuses[-1].description.lower()
            before = publisher
    assert states.session_statuses(ingress.ingress_id).count("BUFFERING") == 1, "one session"


async def test_rtmps_behind_a_balancer_with_proxy_headers(
    servers: Stack,
    make_service: MakeService,
    certificate: OwnCertificate,
    ingress: api.IngressInfo,
    artifacts: Path,
):
    node = make_service(
        servers.default_ingress_config(),
        rtmps_port=free_ports(1)[0],
        rtmps_cert_file=str(certificate.certificate),
        rtmps_key_file=str(certificate.key),
        rtmp_proxy_protocol=[LOOPBACK],
    )
    await until(node.ready, 30, "the node")
    balancer = Balancer([node], artifacts / "haproxy-rtmps", "send-proxy-v2", tls=True)
    LOGS.watch(balancer.process)
    await balancer.start()
    try:
        key = ingress.stream_key
        publishing = RtmpPublisher.publishing(balancer.url, key, source=ENCODER)
        async with await publishing as publisher:
            await publisher.unpublish()
        await node.process.wait_log(rf"peer={ENCODER}:\d+", 5)
    finally:
        await balancer.process.stop()


async def test_a_node_whose_certificate_cannot_be_used_does_not_start(
    servers: Stack, make_service: MakeService, certificate: OwnCertificate
):
    shutil.copy(certificate.certificate, certificate.key)
    node = make_service(
        servers.default_ingress_config(),
        rtmps_port=free_ports(1)[0],
        rtmps_cert_file=str(certificate.certificate),
        rtmps_key_file=str(certificate.key),
    )
    assert await node.process.wait(20) == 1
    assert "certificate of rtmps_port" in node.process.log_text()
    assert "no private key in PEM" in node.process.log_text()


async def test_a_connection_of_tls_costs_little(node: Ingress):
    """Shaken hands and not a word more."""
    process = psutil.Process(node.process.pid)
    before = process.memory_info().rss
    count = 300
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(count):
            await stack.enter_async_context(await RtmpPublisher.open(rtmps_url(node)))
        each = (process.memory_info().rss - before) / count
    print(f"{each / 1024:.1f} KiB a connection")
    assert each < 48 * 1024
