"""WHIP clients publish; a libwebrtc viewer in the room judges what arrives."""

import asyncio
import contextlib
import itertools
import signal
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from livekit import api, rtc

from conftest import LOGS, MakeIngress, MakeService, Watch
from devstack import Stack, free_ports, until
from kit.clips import SMALL, Clip
from kit.measure import av_offsets_sent, median_ms, out_of_order
from kit.state_log import StateLog
from kit.tone import PITCHES
from kit.whip import Answer, FfmpegWhip, ObsWhip, ask

FPS = 30

# As little as an offer may be.
OFFER = "\r\n".join(
    (
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=sendonly",
        "a=rtcp-mux",
        "a=setup:actpass",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:0123456789012345678901",
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
        "a=rtpmap:96 H264/90000",
        "a=fmtp:96 packetization-mode=1;profile-level-id=42e01f",
        "",
    )
)


def last_status(states: StateLog, info: api.IngressInfo) -> str:
    """Of the newest session; empty before the first."""
    return ([""] + states.session_statuses(info.ingress_id))[-1]


async def post(info: api.IngressInfo, body: str = OFFER) -> Answer:
    """With the stream key in the path."""
    url = f"{info.url}/{info.stream_key}"
    return await ask("POST", url, body, Content_Type="application/sdp")


@pytest.fixture
async def whip_ingress(make_ingress: MakeIngress) -> api.IngressInfo:
    """A WHIP ingress as the API makes it: without transcoding."""
    return await make_ingress(input_type=api.IngressInput.WHIP_INPUT)


PublishWhip = Callable[..., FfmpegWhip]


@pytest.fixture
async def publish_whip(
    clips: None, artifacts: Path, request: pytest.FixtureRequest
) -> AsyncIterator[PublishWhip]:
    """Starts FFmpeg's WHIP muxer on an ingress; stopped with the test."""
    running: list[FfmpegWhip] = []
    count = itertools.count(1)

    def start(info: api.IngressInfo, clip: Clip = SMALL, **options: bool) -> FfmpegWhip:
        log = artifacts / "ffmpeg" / f"{request.node.name}-{next(count)}.log"
        publisher = FfmpegWhip(clip, info, log, **options)
        publisher.start()
        LOGS.watch(publisher.process)
        running.append(publisher)
        return publisher

    yield start
    for publisher in running:
        await publisher.stop()


@pytest.mark.parametrize("dtls_active", [False, True], ids=["dtls-server", "dtls-client"])
async def test_picture_and_tone_arrive_together(
    whip_ingress: api.IngressInfo, publish_whip: PublishWhip, watch: Watch, dtls_active: bool
):
    viewer = await watch()
    publish_whip(whip_ingress, dtls_active=dtls_active)
    # Viewers who have just begun may be sent the first pictures twice.
    await viewer.running_picture(count=2 * FPS, timeout=40)
    begun = len(viewer.frames)
    await until(lambda: len(viewer.beeps) >= 10, 60, viewer.summary)

    assert out_of_order(viewer.frames[begun:]) == []
    seconds = [beep.second for beep in viewer.beeps[1:]]
    assert -1 not in seconds
    expected = [(seconds[0] + i) % len(PITCHES) for i in range(len(seconds))]
    assert seconds == expected, "a beep is missing, doubled or out of tune"

    def offsets() -> list[float]:
        return av_offsets_sent(viewer, FPS)

    def agree() -> bool:
        return len(offsets()) >= 8 and abs(median_ms(offsets()[-8:])) < 45

    await until(agree, 60, lambda: f"audio after video by {offsets()} s")


async def test_the_stream_passes_as_it_is(
    stack: Stack, whip_ingress: api.IngressInfo, publish_whip: PublishWhip, watch: Watch
):
    viewer = await watch()
    publish_whip(whip_ingress)
    await viewer.running_picture(count=2 * FPS, timeout=40)
    video = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    assert (video.width, video.height) == (640, 360)
    log = stack.ingress.process
    await log.wait_log(rf"video route.*{whip_ingress.ingress_id}.*route=pass-through", 5)
    names = [child.name() for h in stack.ingress.handlers() for child in h.children()]
    assert names == [], "nothing is decoded"


async def test_states_follow_the_publish(
    whip_ingress: api.IngressInfo, publish_whip: PublishWhip, watch: Watch, states: StateLog
):
    viewer = await watch()
    publisher = publish_whip(whip_ingress)
    await viewer.running_picture(count=5, timeout=40)
    await until(lambda: "PUBLISHING" in states.statuses(whip_ingress.ingress_id), 10, "PUBLISHING")
    await publisher.stop()
    await until(lambda: "encoder" not in viewer.identities(), 5, "the encoder gone from the room")
    await until(lambda: last_status(states, whip_ingress) == "INACTIVE", 10, "INACTIVE")
    last = states.states(whip_ingress.ingress_id)[-1]
    assert last.error == ""
    assert last.resource_id.startswith("WH_")


async def test_the_same_key_works_again(
    whip_ingress: api.IngressInfo, publish_whip: PublishWhip, watch: Watch
):
    viewer = await watch()
    for _ in range(2):
        publisher = publish_whip(whip_ingress)
        await viewer.running_picture(count=10, timeout=40)
        await publisher.stop()
        await until(
            lambda: "encoder" not in viewer.identities(), 15, "the encoder gone from the room"
        )


async def test_a_client_that_was_killed_comes_back_to_its_session(
    whip_ingress: api.IngressInfo, publish_whip: PublishWhip, watch: Watch, states: StateLog
):
    viewer = await watch()
    publisher = publish_whip(whip_ingress)
    await viewer.running_picture(count=10, timeout=40)
    sid = (await viewer.participant("encoder")).sid
    await publisher.kill()
    publish_whip(whip_ingress)
    await viewer.running_picture(count=2 * FPS, timeout=40)
    assert (await viewer.participant("encoder")).sid == sid, "it left the room meanwhile"
    assert "ERROR" not in states.statuses(whip_ingress.ingress_id)


async def test_deleting_the_ingress_ends_the_stream(
    lk: api.LiveKitAPI, whip_ingress: api.IngressInfo, publish_whip: PublishWhip, watch: Watch
):
    viewer = await watch()
    publisher = publish_whip(whip_ingress)
    await viewer.running_picture(count=10, timeout=40)
    await lk.ingress.delete_ingress(api.DeleteIngressRequest(ingress_id=whip_ingress.ingress_id))
    await until(lambda: "encoder" not in viewer.identities(), 10, "the encoder gone from the room")
    await asyncio.sleep(1)  # for what the viewer has buffered
    seen = len(viewer.frames)
    await asyncio.sleep(1)
    assert len(viewer.frames) == seen
    await publisher.kill()  # it hears no close_notify, and sends on for half a minute


async def test_obs_publishes(
    clips: None, whip_ingress: api.IngressInfo, watch: Watch, artifacts: Path
):
    viewer = await watch()
    video, audio = free_ports(2, socket.SOCK_DGRAM)
    obs = ObsWhip(SMALL, whip_ingress, artifacts / "obs", (video, audio))
    LOGS.watch(obs.process, obs.source)
    obs.start()
    try:
        await viewer.running_picture(count=2 * FPS, timeout=40)
        begun = len(viewer.frames)
        await until(lambda: len(viewer.beeps) >= 6, 30, viewer.summary)
        assert out_of_order(viewer.frames[begun:]) == []
        await obs.process.stop(signal.SIGTERM)
        assert obs.process.returncode == 0, "DELETE is answered by 200"
        await until(lambda: "encoder" not in viewer.identities(), 5, "OBS gone from the room")
    finally:
        await obs.stop()


async def test_http_refusals(make_ingress: MakeIngress, whip_ingress: api.IngressInfo):
    rtmp = await make_ingress(participant_identity="other")
    disabled = await make_ingress(
        input_type=api.IngressInput.WHIP_INPUT, participant_identity="third", enabled=False
    )

    async def refused(
        key: str, body: str = OFFER, kind: str = "application/sdp"
    ) -> tuple[int, str]:
        answer = await ask(
            "POST", whip_ingress.url, body, Content_Type=kind, Authorization=f"Bearer {key}"
        )
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Location" not in answer.headers
        return answer.status, answer.headers["Content-Type"]

    problem = "application/problem+json"
    assert await refused(whip_ingress.stream_key, kind="text/plain") == (415, problem)
    assert await refused(whip_ingress.stream_key, body="v=0\r\n") == (422, problem)
    assert await refused(whip_ingress.stream_key, body="nothing") == (400, problem)
    assert await refused("nobody-has-this") == (404, problem)
    assert await refused(rtmp.stream_key) == (400, problem)
    assert await refused(disabled.stream_key) == (403, problem)
    assert (await refused(whip_ingress.stream_key, body="v" * 70_000))[0] == 413


async def test_a_session_that_nobody_connects_is_freed(
    whip_ingress: api.IngressInfo, states: StateLog
):
    answer = await post(whip_ingress)
    assert answer.status == 201
    assert answer.headers["ETag"].startswith('"')
    assert whip_ingress.stream_key not in answer.headers["Location"]
    session = whip_ingress.url.removesuffix("/w") + answer.headers["Location"]
    assert (await ask("OPTIONS", session)).status == 204
    fragment = "m=video 9 RTP/AVP 0\r\na=mid:0\r\na=end-of-candidates\r\n"
    kind = "application/trickle-ice-sdpfrag"
    tag = answer.headers["ETag"]
    patch = await ask("PATCH", session, fragment, Content_Type=kind, If_Match=tag)
    assert (patch.status, patch.body) == (204, "")
    assert (await ask("PATCH", session, fragment, Content_Type=kind)).status == 428

    await until(lambda: last_status(states, whip_ingress) == "ERROR", 25, "an end with a cause")
    assert "source encoder not ready" in states.states(whip_ingress.ingress_id)[-1].error
    assert (await ask("DELETE", session)).status == 404


async def test_delete_ends_at_once(whip_ingress: api.IngressInfo, states: StateLog):
    answer = await post(whip_ingress)
    session = whip_ingress.url.removesuffix("/w") + answer.headers["Location"]
    await asyncio.sleep(0.05)
    assert (await ask("DELETE", session)).status == 200
    assert (await ask("DELETE", session)).status == 404
    await until(lambda: last_status(states, whip_ingress) == "INACTIVE", 10, "INACTIVE")


async def test_a_usual_port_that_is_taken_costs_whip_alone(
    servers: Stack, make_service: MakeService
):
    config = servers.default_ingress_config()
    del config["whip_port"]
    with contextlib.ExitStack() as taken:
        with contextlib.suppress(OSError):  # somebody has it already
            taken.enter_context(socket.create_server(("0.0.0.0", 8080)))
        service = make_service(config)
        await until(service.ready, 30, "the node")
        await service.process.wait_log("WHIP is not served.*whip_port 8080", 5)
