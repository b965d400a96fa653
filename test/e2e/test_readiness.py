"""A node says by itself what would make its first stream fail: at start, in /ready, in a gauge."""

import asyncio
import datetime
import re
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from livekit import api

from conftest import LOGS, MakeIngress, MakeService, Publish, Watch
from devstack import Ingress, Stack, free_ports, until
from devstack.ports import LOOPBACK
from kit.clips import SMALL, WITH_B_FRAMES
from kit.redis_kinds import TlsRedis
from kit.state_log import StateLog
from kit.tcp_proxy import TcpProxy
from kit.tls import OwnCertificate

ONE_LAYER = api.IngressVideoOptions(preset=api.IngressVideoEncodingPreset.H264_720P_30FPS_1_LAYER)
PLUGINS = "/usr/lib/x86_64-linux-gnu/gstreamer-1.0"
# Leads a command line: the process sees no GStreamer plugin.
WITHOUT_PLUGINS = ["unshare", "--mount", "--", "sh", "-c"]
WITHOUT_PLUGINS += [f'mount -t tmpfs none {PLUGINS} && exec "$0" "$@"']
# Likewise: the one plugin that encodes VP8 is an empty file.
WITHOUT_VP8 = ["unshare", "--mount", "--", "sh", "-c"]
WITHOUT_VP8 += [f'mount --bind /dev/null {PLUGINS}/libgstvpx.so && exec "$0" "$@"']


async def gauge(service: Ingress, name: str, labels: str = "") -> float | None:
    found = re.search(rf"(?m)^{name}\{{[^}}]*{labels}[^}}]*\}} (\S+)$", await service.metrics())
    return float(found[1]) if found else None


async def not_ready_because(service: Ingress, words: str, timeout: float = 20) -> str:
    """The body of /ready once it says so."""

    async def says_so() -> str | None:
        answer = await service.health("/ready")
        return answer.body if answer.status == 503 and words in answer.body else None

    return await until(says_so, timeout, f'/ready saying "{words}"')


@dataclass(frozen=True)
class Wrong:
    """A setup that cannot work, and what is said of it."""

    fields: Callable[[Stack], dict]
    words: str
    state: str


WRONG = {
    "secret": Wrong(lambda _: {"api_secret": "x" * 40}, "correct api_secret", "token"),
    "key": Wrong(lambda _: {"api_key": "nobodys"}, "correct api_key", "token"),
    "port-of-redis": Wrong(
        lambda stack: {"ws_url": f"ws://{stack.redis.address}"},
        "is it livekit-server?",
        "not_livekit",
    ),
    "tls-on-a-plain-port": Wrong(
        lambda stack: {"ws_url": stack.livekit.ws_url.replace("ws:", "wss:")},
        "does not speak TLS",
        "not_livekit",
    ),
    "path": Wrong(
        lambda stack: {"ws_url": f"{stack.livekit.ws_url}/elsewhere"}, "HTTP 404", "not_livekit"
    ),
    "nobody-there": Wrong(
        lambda _: {"ws_url": f"ws://{LOOPBACK}:{free_ports(1)[0]}"}, "refused", "unreachable"
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
async def test_what_is_wrong_with_the_server_is_said_at_the_start(
    servers: Stack, make_service: MakeService, wrong: Wrong
):
    service = make_service(servers.default_ingress_config(), **wrong.fields(servers))
    line = await service.process.wait_log("livekit-server is not ready", 20)
    assert "remedy=" in line
    body = await not_ready_because(service, wrong.words)
    assert servers.secret not in body
    assert (await service.health("/")).status == 200
    assert (await service.health("/availability")).status == 503
    state = f'state="{wrong.state}"'
    assert await gauge(service, "livekit_ingress_livekit_server", state) == 1
    assert await gauge(service, "livekit_ingress_livekit_server", 'state="ready"') == 0


async def test_a_server_that_is_right_is_ready_and_nothing_is_made_there(
    servers: Stack, make_service: MakeService, lk: api.LiveKitAPI
):
    service = make_service(servers.default_ingress_config())
    await until(service.ready, 20, "readiness")
    assert await gauge(service, "livekit_ingress_livekit_server", 'state="ready"') == 1
    assert await gauge(service, "livekit_ingress_can_transcode") == 1
    offset = await gauge(service, "livekit_ingress_clock_offset_seconds")
    assert offset is not None
    assert abs(offset) <= 2
    rooms = (await lk.room.list_rooms(api.ListRoomsRequest())).rooms
    assert "livekit-ingress-check" not in {room.name for room in rooms}


async def test_a_secret_that_is_corrected_is_tried_at_once(
    servers: Stack, make_service: MakeService
):
    config = servers.default_ingress_config()
    service = make_service(config, api_secret="x" * 40)
    await not_ready_because(service, "correct api_secret")
    text = service.config_file.read_text().replace("x" * 40, servers.secret)
    service.config_file.write_text(text)
    service.process.send_signal(signal.SIGHUP)
    await until(service.healthy, 3, "readiness with the right secret")


@pytest.fixture
async def clock_server() -> AsyncIterator[str]:
    """Refuses tokens as livekit-server does whose clock is five minutes behind ours."""

    async def refuse(_: web.Request) -> web.Response:
        then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=5)
        date = then.strftime("%a, %d %b %Y %H:%M:%S GMT")
        words = "invalid token: error: token has invalid claims: token is not valid yet"
        return web.Response(status=401, text=words, headers={"Date": date})

    app = web.Application()
    app.router.add_get("/rtc/validate", refuse)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_ports(1)[0]
    await web.TCPSite(runner, LOOPBACK, port).start()
    yield f"ws://{LOOPBACK}:{port}"
    await runner.cleanup()


async def test_a_clock_that_is_off_is_named_with_how_far(
    servers: Stack, make_service: MakeService, clock_server: str
):
    service = make_service(servers.default_ingress_config(), ws_url=clock_server)
    body = await not_ready_because(service, "ahead of livekit-server's")
    assert re.search(r"clock of this node is (299|30[0-3]) s ahead", body)
    assert "NTP" in body
    assert await gauge(service, "livekit_ingress_livekit_server", 'state="clock"') == 1
    offset = await gauge(service, "livekit_ingress_clock_offset_seconds")
    assert 299 <= offset <= 303


async def test_a_frozen_server_is_not_ready_within_20_seconds(
    make_service: MakeService, artifacts: Path
):
    stack = Stack(artifacts / "frozen", with_ingress=False)
    LOGS.watch(stack.livekit.process)
    async with stack:
        service = make_service(stack.default_ingress_config())
        await until(service.ready, 20, "readiness")
        stack.livekit.process.send_signal(signal.SIGSTOP)
        try:
            # And the time that this machine may take in between.
            body = await not_ready_because(service, "livekit-server at", 24)
            assert "stopped or overloaded" in body
            assert await gauge(service, "livekit_ingress_livekit_server", 'state="silent"') == 1
        finally:
            stack.livekit.process.send_signal(signal.SIGCONT)
        await until(service.healthy, 10, "readiness after it goes on")


@pytest.fixture
async def encrypted(servers: Stack, tmp_path: Path) -> AsyncIterator[tuple[str, OwnCertificate]]:
    """livekit-server over TLS, with a certificate that nobody has signed."""
    own = OwnCertificate.make(tmp_path / "tls")
    proxy = TcpProxy(free_ports(1)[0], servers.ports.livekit, certificate=own)
    await proxy.open()
    yield f"wss://{LOOPBACK}:{proxy.port}", own
    await proxy.shut()


async def test_a_certificate_that_is_not_believed_has_a_name_of_its_own(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    states: StateLog,
    encrypted: tuple[str, OwnCertificate],
):
    url, _ = encrypted
    service = make_service(servers.default_ingress_config(), ws_url=url)
    body = await not_ready_because(service, f"the certificate of {LOOPBACK} is not believed")
    assert "self-signed" in body
    assert f"for {LOOPBACK}" in body
    assert "tls.ca_cert_file" in body
    assert await gauge(service, "livekit_ingress_livekit_server", 'state="certificate"') == 1

    await service.process.wait_log("ready for encoders", 10)
    info = await make_ingress()
    info.url = service.rtmp_url
    publish(info, SMALL)
    await service.process.wait_log("room_certificate_refused", 20)
    failed = await states.wait_status(info.ingress_id, "ERROR", 20)
    assert "certificate" in failed.error
    assert "api_secret" not in failed.error


async def test_a_certificate_for_another_name_is_told_with_its_names(
    servers: Stack, make_service: MakeService, tmp_path: Path
):
    own = OwnCertificate.make(tmp_path / "tls", "DNS:livekit.example.com")
    proxy = TcpProxy(free_ports(1)[0], servers.ports.livekit, certificate=own)
    await proxy.open()
    try:
        service = make_service(
            servers.default_ingress_config(),
            ws_url=f"wss://{LOOPBACK}:{proxy.port}",
            tls={"ca_cert_file": str(own.certificate)},
        )
        body = await not_ready_because(service, "mismatch")
        assert "livekit.example.com" in body
        assert str(own.certificate) in body
    finally:
        await proxy.shut()


async def test_a_stream_goes_over_tls_with_an_authority_of_ones_own(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
    encrypted: tuple[str, OwnCertificate],
):
    url, own = encrypted
    trusted = {"ca_cert_file": str(own.certificate)}
    service = make_service(servers.default_ingress_config(), ws_url=url, tls=trusted)
    await until(service.ready, 20, "readiness")
    info = await make_ingress()
    info.url = service.rtmp_url
    viewer = await watch()
    publish(info, SMALL)
    await viewer.running_picture(count=5, timeout=40)


async def test_a_node_without_encoders_takes_what_passes_and_says_so(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
    states: StateLog,
    tmp_path: Path,
):
    service = make_service(
        servers.default_ingress_config(),
        launcher=WITHOUT_PLUGINS,
        env={"XDG_STATE_HOME": str(tmp_path)},
    )
    line = await service.process.wait_log("video cannot be encoded on this node", 20)
    assert "libgstx264.so" in line
    await until(service.ready, 20, "readiness")
    assert "only what passes" in (await service.health("/ready")).body
    assert await gauge(service, "livekit_ingress_can_transcode") == 0

    fits, does_not = (
        await make_ingress(video=ONE_LAYER),
        await make_ingress(participant_identity="other"),
    )
    fits.url = does_not.url = service.rtmp_url
    viewer = await watch()
    publish(fits, SMALL)
    await viewer.running_picture(count=5, timeout=40)

    publish(does_not, WITH_B_FRAMES)
    failed = await states.wait_status(does_not.ingress_id, "ERROR", 30)
    assert "lacks the video encoder" in failed.error
    assert "B-frames" in failed.error
    await service.process.wait_log("node_cannot_encode", 5)
    await viewer.running_picture(count=5, timeout=20)


async def test_a_node_without_vp8_says_so_and_takes_all_else(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
    states: StateLog,
):
    service = make_service(servers.default_ingress_config(), launcher=WITHOUT_VP8)
    line = await service.process.wait_log("cannot encode VP8", 20)
    assert "libgstvpx.so" in line
    await until(service.ready, 20, "readiness")
    assert "cannot encode VP8" in (await service.health("/ready")).body
    assert await gauge(service, "livekit_ingress_can_transcode") == 1

    vp8 = api.IngressVideoEncodingOptions(
        video_codec=api.VideoCodec.VP8,
        frame_rate=30,
        layers=[
            api.VideoLayer(quality=api.VideoQuality.HIGH, width=640, height=360, bitrate=500_000)
        ],
    )
    wants_vp8 = await make_ingress(video=api.IngressVideoOptions(options=vp8))
    other = await make_ingress(participant_identity="other")
    wants_vp8.url = other.url = service.rtmp_url
    publish(wants_vp8, SMALL)
    failed = await states.wait_status(wants_vp8.ingress_id, "ERROR", 30)
    assert "vp8enc" in failed.error
    assert "vpx plugin" in failed.error
    await service.process.wait_log("node_cannot_encode", 5)

    viewer = await watch()
    publish(other, WITH_B_FRAMES)
    await viewer.running_picture(count=5, timeout=40)


async def test_words_about_redis_name_its_own_remedy(
    servers: Stack, make_service: MakeService, tmp_path: Path
):
    async with TlsRedis(tmp_path / "redis") as redis:
        plain = {"address": redis.config["address"], "password": redis.config["password"]}
        to_tls_in_plain = make_service(servers.default_ingress_config(), redis=plain)
        wrong_password = make_service(
            servers.default_ingress_config(), redis=redis.config | {"password": "another"}
        )
        to_plain_in_tls = make_service(
            servers.default_ingress_config(),
            redis=redis.config | {"address": servers.redis.address},
        )
        await asyncio.gather(
            not_ready_because(to_tls_in_plain, "redis.tls.enabled to true"),
            not_ready_because(wrong_password, "correct redis.username and redis.password"),
            not_ready_because(to_plain_in_tls, "redis.tls.enabled to false"),
        )


async def test_words_about_a_cluster_name_its_key(servers: Stack, make_service: MakeService):
    nobody = f"{LOOPBACK}:{free_ports(1)[0]}"
    service = make_service(servers.default_ingress_config(), redis={"cluster_addresses": [nobody]})
    body = await not_ready_because(service, "correct redis.cluster_addresses")
    assert "redis.address" not in body
