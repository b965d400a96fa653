"""Media finds its way to livekit-server where plain UDP does not reach it."""

import socket
from pathlib import Path
from typing import Any

from livekit import api

from conftest import LOGS, MakeApart, MakeService, Publish
from devstack import Ingress, Stack, free_ports, until
from kit.clips import SMALL
from kit.own_network import OwnNetwork
from kit.tls import OwnCertificate
from kit.viewer import Viewer

# livekit-server relays to no machine of a private network, itself included, unless told to.
TO_ITSELF = {"allow_restricted_peer_cidrs": ["127.0.0.0/8"]}
TOLD_TLS_PORT = 443  # to participants, whatever is configured


def turn_over_tls(own: OwnCertificate) -> dict[str, Any]:
    """A turn section of livekit-server's configuration."""
    (port,) = free_ports(1)
    files = {"cert_file": str(own.certificate), "key_file": str(own.key)}
    return TO_ITSELF | files | {"enabled": True, "domain": "127.0.0.1", "tls_port": port}


async def make_ingress(stack: Stack, service: Ingress, room: str) -> api.IngressInfo:
    """An ingress of `stack` that is reached at `service`."""
    async with stack.api() as lk:
        info = await lk.ingress.create_ingress(
            api.CreateIngressRequest(
                input_type=api.IngressInput.RTMP_INPUT,
                room_name=room,
                participant_identity="encoder",
            )
        )
    info.url = service.rtmp_url
    return info


async def play(stack: Stack, service: Ingress, publish: Publish, room: str) -> None:
    """A viewer of `room` sees a stream that comes in at `service`."""
    info = await make_ingress(stack, service, room)
    viewer = await Viewer.join(stack.livekit.ws_url, stack.livekit.viewer_token(room, "viewer"))
    try:
        publish(info, SMALL)
        await viewer.running_picture(count=60, timeout=40)
    finally:
        await viewer.leave()
        await service.stop()  # while its servers are there to be told


def publishing_paths(stack: Stack) -> list[str]:
    """What livekit-server logged of the ways on which media came in."""
    log = stack.livekit.process.log_text()
    return [line for line in log.splitlines() if "publisherCandidates" in line]


async def test_media_goes_over_tcp_where_the_server_takes_no_udp(
    make_service: MakeService, artifacts: Path, publish: Publish, room: str
):
    folder = artifacts / "ice-tcp"
    async with Stack(folder, with_ingress=False, livekit_rtc={"force_tcp": True}) as stack:
        LOGS.watch(stack.livekit.process)
        service = make_service(stack.default_ingress_config())
        await until(service.ready, 30, "the service")
        await play(stack, service, publish, room)
        paths = publishing_paths(stack)
        assert any('"connectionType": "tcp"' in line for line in paths), paths


async def test_media_goes_through_the_relay_where_nothing_else_reaches_the_server(
    make_apart: MakeApart, own_network: OwnNetwork, artifacts: Path, publish: Publish, room: str
):
    (port,) = free_ports(1, socket.SOCK_DGRAM)
    turn = TO_ITSELF | {"enabled": True, "udp_port": port}
    async with Stack(artifacts / "turn", with_ingress=False, livekit_turn=turn) as stack:
        LOGS.watch(stack.livekit.process)
        own_network.let_out_udp(port)
        service = await make_apart(stack)
        await play(stack, service, publish, room)
        paths = publishing_paths(stack)
        assert any('"connectionType": "turn"' in line for line in paths), paths


async def test_media_goes_through_the_relay_over_tls_where_only_https_is_let_out(
    make_apart: MakeApart, own_network: OwnNetwork, artifacts: Path, publish: Publish, room: str
):
    folder = artifacts / "turns"
    own = OwnCertificate.make(folder)
    turn = turn_over_tls(own)
    async with Stack(folder, with_ingress=False, livekit_turn=turn) as stack:
        LOGS.watch(stack.livekit.process)
        await own_network.let_out(TOLD_TLS_PORT, to=turn["tls_port"])
        service = await make_apart(stack, env={"SSL_CERT_FILE": str(own.certificate)})
        await play(stack, service, publish, room)
        paths = publishing_paths(stack)
        assert any('"connectionType": "turn"' in line for line in paths), paths


async def test_a_relay_whose_certificate_nobody_vouches_for_is_named_as_the_cause(
    make_apart: MakeApart, own_network: OwnNetwork, artifacts: Path, publish: Publish, room: str
):
    folder = artifacts / "turns-untrusted"
    turn = turn_over_tls(OwnCertificate.make(folder))
    async with Stack(folder, with_ingress=False, livekit_turn=turn) as stack:
        LOGS.watch(stack.livekit.process)
        await own_network.let_out(TOLD_TLS_PORT, to=turn["tls_port"])
        service = await make_apart(stack)
        publish(await make_ingress(stack, service, room), SMALL)
        ended = await service.process.wait_log("session ended", 50)
        words = "relay over TLS: tls: the certificate of 127.0.0.1 is not believed: self-signed"
        assert words in ended
        await service.stop()
