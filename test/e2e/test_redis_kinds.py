"""The Redis that livekit-server and the ingress share: its shapes, and what happens without it."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from livekit import api

from conftest import LOGS, Live, MakeService
from devstack import LiveKitServer, Stack, free_ports, until
from devstack.ports import free_port
from kit import flv
from kit.clips import SILENT
from kit.redis_kinds import ClusteredRedis, GuardedRedis, TlsRedis
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog

KINDS = {"tls": TlsRedis, "sentinel": GuardedRedis, "cluster": ClusteredRedis}


@contextlib.asynccontextmanager
async def livekit_on(redis: dict, servers: Stack, folder: Path) -> AsyncIterator[LiveKitServer]:
    """A livekit-server of the test's own."""
    port, rtc_port = free_ports(2)
    server = LiveKitServer(
        port=port,
        rtc_tcp_port=rtc_port,
        rtc_udp_port=free_port(),
        redis=redis,
        rtmp_base_url="rtmp://127.0.0.1:1/live",
        whip_base_url="http://127.0.0.1:1/w",
        key=servers.key,
        secret=servers.secret,
        folder=folder,
    )
    LOGS.watch(server.process)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def streaming(url: str, key: str) -> AsyncIterator[RtmpPublisher]:
    async with await RtmpPublisher.publishing(url, key) as publisher:
        playing = asyncio.create_task(publisher.play(flv.read(SILENT.path())))
        try:
            yield publisher
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)


@pytest.mark.parametrize("kind", KINDS)
async def test_streams_and_rpcs_work_over_every_kind_of_redis(
    kind: str,
    servers: Stack,
    make_service: MakeService,
    artifacts: Path,
    clips: None,
    room: str,
):
    folder = artifacts / "redis" / kind
    async with (
        KINDS[kind](folder) as redis,
        livekit_on(redis.config, servers, folder) as livekit,
        livekit.api() as lk,
    ):
        service = make_service(
            servers.default_ingress_config(), redis=redis.config, ws_url=livekit.ws_url
        )
        await until(service.ready, 30, "the service")
        info = await lk.ingress.create_ingress(
            api.CreateIngressRequest(
                input_type=api.IngressInput.RTMP_INPUT,
                room_name=room,
                participant_identity="encoder",
            )
        )

        async def publishing() -> bool:
            wanted = api.ListIngressRequest(ingress_id=info.ingress_id)
            (found,) = (await lk.ingress.list_ingress(wanted)).items
            return found.state.status == api.IngressState.ENDPOINT_PUBLISHING

        url = service.rtmp_url
        async with streaming(url, info.stream_key) as publisher:
            await until(publishing, 30, "PUBLISHING in the store")
            if isinstance(redis, GuardedRedis):
                await redis.fail_over()
                await until(service.healthy, 30, "the service on the new master")
                assert not publisher.closed.is_set()
                # livekit-server, too, has to find the new master before it can answer.
                await until(lambda: no_error(publishing()), 30, "livekit-server on the new master")
            await lk.ingress.delete_ingress(api.DeleteIngressRequest(ingress_id=info.ingress_id))
            await publisher.wait_closed(15)
            assert "the ingress was deleted" in publisher.statuses[-1].description


async def no_error(call) -> bool:
    try:
        return await call
    except (api.TwirpError, ValueError):
        return False


async def test_a_frozen_redis_stops_no_stream_and_gets_the_last_state_when_it_is_back(
    stack: Stack, live: Live, states: StateLog
):
    redis = stack.redis.process
    since = stack.ingress.process.log_size()
    redis.send_signal(signal.SIGSTOP)
    try:
        await live.viewer.running_picture(count=30, timeout=30)
        await live.publisher.stop()
        # livekit-server itself does not get far without Redis, so the room is not asked.
        await stack.ingress.process.wait_log("session ended", 15, since)
    finally:
        redis.send_signal(signal.SIGCONT)
    last = await states.wait_status(live.info.ingress_id, "INACTIVE", 30)
    assert last.error == ""
    assert last.ended_at
