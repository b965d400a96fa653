"""PATCH and DELETE of a WHIP session, at another node than that of its POST."""

import asyncio
from pathlib import Path

import pytest
from livekit import api

from conftest import LOGS, MakeIngress, MakeService, Watch
from devstack import Ingress, Stack, free_ports, until
from kit.clips import SMALL
from kit.state_log import StateLog
from kit.whip import FfmpegWhip, ask
from kit.whip_balancer import WhipBalancer
from kit.whip_offer import AUDIO_OFFER

FRAGMENT = "application/trickle-ice-sdpfrag"
TRICKLE = "m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=end-of-candidates\r\n"
RESTART = "a=ice-ufrag:efgh\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n" + TRICKLE


def url_of(node: Ingress) -> str:
    return f"http://127.0.0.1:{node.config['whip_port']}"


@pytest.fixture
async def nodes(servers: Stack, make_service: MakeService) -> list[Ingress]:
    nodes = []
    for _ in range(2):
        http, media = free_ports(2)
        whip = {"whip_port": http, "rtc_config": {"udp_port": media, "node_ip": "127.0.0.1"}}
        nodes.append(make_service(servers.default_ingress_config(), **whip))
    for node in nodes:
        await until(node.ready, 30, "a node")
    return nodes


async def test_any_node_answers_for_a_session(
    servers: Stack, nodes: list[Ingress], make_ingress: MakeIngress, states: StateLog
):
    info = await make_ingress(input_type=api.IngressInput.WHIP_INPUT)
    owner, other = (url_of(node) for node in nodes)
    endpoint = f"{owner}/w/{info.stream_key}"
    created = await ask("POST", endpoint, AUDIO_OFFER, Content_Type="application/sdp")
    assert created.status == 201, created.body
    there = other + created.headers["Location"]

    async def patch(body: str, tag: str) -> tuple[int, str]:
        answer = await ask("PATCH", there, body, Content_Type=FRAGMENT, If_Match=tag)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return answer.status, answer.headers.get("ETag", "")

    tag = created.headers["ETag"]
    assert await patch(TRICKLE, tag) == (204, "")
    assert (await patch("garbage", tag))[0] == 400
    status, fresh = await patch(RESTART, "*")
    assert status == 200
    assert fresh not in ("", tag)
    assert (await patch(TRICKLE, tag))[0] == 412
    assert (await patch(TRICKLE, fresh))[0] == 204

    secret, _, session = there.removeprefix(other + "/w/").partition("/")
    # Where nodes of LiveKit's own service ask, which take the URL apart in the same way.
    async with servers.redis.client() as redis:
        heard = {name.decode() for name in await redis.pubsub_channels(f"*{session}*")}
    methods = ("DeleteWHIPResource", "ICERestartWHIPResource")
    assert {f"IngressHandler|{method}|{session}|REQ" for method in methods} <= heard
    wrong = f"{other}/w/{secret[::-1]}/{session}"
    assert (await ask("DELETE", wrong)).status == 404
    assert (await ask("DELETE", there)).status == 200
    assert (await ask("DELETE", there)).status == 404
    await states.wait_status(info.ingress_id, "INACTIVE", 20)


async def test_a_client_behind_a_balancer_ends_its_stream_in_order(
    nodes: list[Ingress], make_ingress: MakeIngress, watch: Watch, clips: None, artifacts: Path
):
    info = await make_ingress(input_type=api.IngressInput.WHIP_INPUT)
    viewer = await watch()
    balancer = WhipBalancer(*(url_of(node) for node in nodes))
    through = api.IngressInfo(url=await balancer.open(), stream_key=info.stream_key)
    publisher = FfmpegWhip(SMALL, through, artifacts / "ffmpeg" / "balanced.log")
    publisher.start()
    LOGS.watch(publisher.process)
    try:
        await viewer.running_picture(count=30, timeout=40)
        await publisher.stop()
        assert balancer.followed == [("DELETE", 200)]
        await until(lambda: "encoder" not in viewer.identities(), 5, "the encoder gone")
    finally:
        await publisher.stop()
        await balancer.close()


async def test_a_session_whose_node_is_gone_is_not_found(
    nodes: list[Ingress], make_ingress: MakeIngress
):
    info = await make_ingress(input_type=api.IngressInput.WHIP_INPUT)
    owner, other = nodes
    endpoint = f"{url_of(owner)}/w/{info.stream_key}"
    created = await ask("POST", endpoint, AUDIO_OFFER, Content_Type="application/sdp")
    there = url_of(other) + created.headers["Location"]
    await owner.stop()
    began = asyncio.get_running_loop().time()
    answer = await ask(
        "PATCH", there, TRICKLE, Content_Type=FRAGMENT, If_Match=created.headers["ETag"]
    )
    assert answer.status == 404
    assert asyncio.get_running_loop().time() - began < 3
    assert (await ask("DELETE", there)).status == 404
