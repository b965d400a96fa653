"""livekit-server that restarts, or cannot be reached, while an encoder is connected."""

import re
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from livekit import api

from conftest import LOGS, MakeIngress, MakeService, Publish, Watch
from devstack import Stack, free_ports, until
from kit.clips import SMALL
from kit.state_log import StateLog
from kit.tcp_proxy import TcpProxy
from kit.viewer import Viewer


@pytest.mark.parametrize("watched", [False, True], ids=["unwatched", "watched"])
async def test_a_restart_of_livekit_server_costs_a_rejoin_and_not_the_encoder(
    make_service: MakeService, artifacts: Path, publish: Publish, room: str, watched: bool
):
    async with Stack(artifacts / f"sfu-restart-{watched}", with_ingress=False) as stack:
        LOGS.watch(stack.livekit.process)
        service = make_service(stack.default_ingress_config())
        await until(service.ready, 30, "the service")
        states = StateLog(stack.redis)
        await states.start()
        async with stack.api() as lk:
            info = await lk.ingress.create_ingress(
                api.CreateIngressRequest(
                    input_type=api.IngressInput.RTMP_INPUT,
                    room_name=room,
                    participant_identity="encoder",
                )
            )
        info.url = service.rtmp_url
        publisher = publish(info, SMALL)
        first = await states.wait_status(info.ingress_id, "PUBLISHING", 40)

        token = stack.livekit.viewer_token(room, "viewer")
        if watched:  # who comes back later than the encoder
            earlier = await Viewer.join(stack.livekit.ws_url, token)
            await earlier.running_picture(count=10, timeout=60)
        mark = service.process.log_size()
        await stack.livekit.process.stop(signal.SIGKILL)
        if watched:
            await earlier.leave()
        await stack.livekit.start()
        if watched:
            await service.process.wait_log("media transport is up", 40, since=mark)
        viewer = await Viewer.join(stack.livekit.ws_url, token)
        try:
            await viewer.running_picture(count=10, timeout=60)
        finally:
            await viewer.leave()
        assert publisher.process.running
        assert not re.search(r"handler_restarts_total{[^}]*} [1-9]", await service.metrics())
        last = states.states(info.ingress_id)[-1]
        assert (last.started_at, last.resource_id) == (first.started_at, first.resource_id)
        assert states.session_statuses(info.ingress_id) == ["BUFFERING", "PUBLISHING"]
        await publisher.stop()
        await states.wait_status(info.ingress_id, "INACTIVE", 15)
        await states.stop()


async def test_a_room_that_is_full_is_an_error_with_words(
    stack: Stack,
    lk: api.LiveKitAPI,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
    states: StateLog,
    room: str,
):
    await lk.room.create_room(api.CreateRoomRequest(name=room, max_participants=1))
    await watch()
    info = await make_ingress()
    publisher = publish(info, SMALL)
    failed = await states.wait_status(info.ingress_id, "ERROR", 30)
    assert "did not let the participant into the room" in failed.error
    await publisher.process.wait(10)


async def test_a_stream_waits_for_a_livekit_server_that_cannot_be_reached_yet(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
    states: StateLog,
):
    proxy = TcpProxy(free_ports(1)[0], urlsplit(servers.livekit.ws_url).port)
    service = make_service(servers.default_ingress_config(), ws_url=f"ws://127.0.0.1:{proxy.port}")
    await service.process.wait_log("ready for encoders", 30)
    info = await make_ingress()
    info.url = service.rtmp_url
    publish(info, SMALL)
    await states.wait_status(info.ingress_id, "BUFFERING", 20)
    await service.process.wait_log("cannot join yet, trying again", 20)
    viewer = await watch()
    await proxy.open()
    try:
        await viewer.running_picture(count=5, timeout=40)
        # Cut off for a moment, it resumes: same participant.
        sid = (await viewer.participant("encoder")).sid
        await proxy.shut()
        await proxy.open()
        await viewer.running_picture(count=30, timeout=40)
        assert (await viewer.participant("encoder")).sid == sid
        assert states.session_statuses(info.ingress_id) == ["BUFFERING", "PUBLISHING"]
    finally:
        await proxy.shut()
