"""What an operator does to a node that runs: drain it, reconfigure it, look into it."""

import asyncio
import contextlib
import json
import re
import signal
from typing import Any

import aiohttp
from livekit import api

from conftest import MakeIngress, MakeService, Publish, Watch
from devstack import Ingress, Stack, free_ports, until
from kit.clips import SMALL
from kit.debug_pages import look_into, only_session
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog


def at(service: Ingress, info: api.IngressInfo) -> api.IngressInfo:
    """The same ingress, reached through this service."""
    info.url = service.rtmp_url
    return info


async def refusal(info: api.IngressInfo) -> str:
    async with await RtmpPublisher.open(info.url) as publisher:
        await publisher.handshake()
        await publisher.connect(info.url)
        status = await publisher.publish(info.stream_key)
        assert status.level == "error", status
        return status.description


async def test_a_draining_node_takes_no_new_stream_and_ends_with_the_last_one(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
    states: StateLog,
):
    service = make_service(servers.default_ingress_config())
    await until(service.ready, 30, "the service")
    info, other = at(service, await make_ingress()), at(service, await make_ingress())
    viewer = await watch()
    publisher = publish(info, SMALL)
    await viewer.running_picture(count=5, timeout=40)

    service.process.send_signal(signal.SIGTERM)
    await until(service_says(service, "/availability", 503, "draining"), 10, "no availability")
    assert "draining" in (await service.health("/ready")).body
    assert (await service.health("/")).status == 200, "a probe of life must not end a drain"
    assert "server shutting down" in await refusal(other)
    await viewer.running_picture(count=5, timeout=30)
    assert service.process.running

    await publisher.stop()
    assert await service.process.wait(20) == 0
    last = await states.wait_status(info.ingress_id, "INACTIVE", 5)
    assert last.error == ""


async def test_a_drain_that_takes_too_long_ends_the_streams_and_says_so(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
    states: StateLog,
):
    service = make_service(servers.default_ingress_config(), drain_timeout="1s")
    await until(service.ready, 30, "the service")
    info = at(service, await make_ingress())
    viewer = await watch()
    publisher = publish(info, SMALL)
    await viewer.running_picture(count=5, timeout=40)
    service.process.send_signal(signal.SIGTERM)
    assert await service.process.wait(20) == 3
    await publisher.process.wait(10)
    last = await states.wait_status(info.ingress_id, "INACTIVE", 5)
    assert last.error == ""


async def test_a_node_ends_in_order_while_publishes_are_under_way(
    stack: Stack, make_service: MakeService, make_ingress: MakeIngress
):
    # With no handler that waits, each takes some tenths of a second.
    service = make_service(stack.default_ingress_config(), warm_handlers=0)
    await service.process.wait_log("ready for encoders", 30)
    infos = [await make_ingress(participant_identity=f"encoder-{i}") for i in range(6)]

    async def publish_after(seconds: float, info: api.IngressInfo) -> None:
        await asyncio.sleep(seconds)
        # The last ones find the door closed, which is an answer, too.
        with contextlib.suppress(ConnectionError, AssertionError):
            await RtmpPublisher.publishing(service.rtmp_url, info.stream_key)

    async with asyncio.TaskGroup() as tasks:
        for i, info in enumerate(infos):
            tasks.create_task(publish_after(0.03 * i, info))
        await asyncio.sleep(0.12)
        service.process.send_signal(signal.SIGTERM)
    assert await service.process.wait(20) == 0


async def test_a_changed_configuration_is_read_while_streams_run(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
):
    service = make_service(servers.default_ingress_config(), logging={"level": "info"})
    await until(service.ready, 30, "the service")
    info, other = at(service, await make_ingress()), at(service, await make_ingress())
    viewer = await watch()
    publish(info, SMALL)
    await viewer.running_picture(count=5, timeout=40)

    def rewrite(**fields: Any) -> None:
        service.config_file.write_text(json.dumps(service.config | fields))
        service.process.send_signal(signal.SIGHUP)

    since = service.process.log_size()
    rewrite(logging={"level": "debug"}, max_sessions=1, health_port=free_ports(1)[0])
    await service.process.wait_log("configuration was read again", 10)
    await service.process.wait_log("after a restart.*key=health_port", 10)
    assert "max_sessions" in await refusal(other)
    # The handler's level follows: it says more of the next viewer than it would have.
    await watch("second viewer")
    await service.process.wait_log(f"DEBUG .*{info.ingress_id}", 20, since)

    rewrite(max_sessions="many")
    await service.process.wait_log("not applied.*max_sessions must be a whole number", 10)
    await viewer.running_picture(count=5, timeout=30)


async def test_a_running_session_can_be_looked_into(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
):
    port = free_ports(1)[0]
    service = make_service(servers.default_ingress_config(), debug_handler_port=port)
    await until(service.ready, 30, "the service")
    info = at(service, await make_ingress())
    viewer = await watch()
    publish(info, SMALL)
    await viewer.running_picture(count=5, timeout=40)

    listed = await only_session(port)
    assert listed["ingressID"] == info.ingress_id
    page = await look_into(port, listed["resourceID"])
    dump = json.loads(page.body)
    assert dump["state"]["status"] == "ENDPOINT_PUBLISHING"
    assert dump["handler"]["graph"]["layers"]
    assert dump["relay"]["mainReader"]
    assert info.stream_key not in page.body
    assert "token" not in page.body.lower()
    assert (await look_into(port, "RT_unknown")).status == 404

    async def counted() -> bool:
        metrics = await service.metrics()
        sent = re.search(r'sent_packets_total\{[^}]*layer="audio"[^}]*\} (\d+)', metrics)
        return bool(sent) and int(sent[1]) > 0

    await until(counted, 10, "packets in the metrics")
    metrics = await service.metrics()
    assert re.search(r'ingress_rpc_total\{[^}]*code="ok"[^}]*method="GetIngressInfo"', metrics)
    assert re.search(r'livekit_ingress_sessions\{[^}]*route="[a-z-]+"[^}]*\} 1', metrics)


async def test_the_debug_port_ends_a_session_for_nobody_but_the_operator(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
):
    port = free_ports(1)[0]
    service = make_service(servers.default_ingress_config(), debug_handler_port=port)
    await until(service.ready, 30, "the service")
    info = at(service, await make_ingress())
    viewer = await watch()
    publisher = publish(info, SMALL)
    await viewer.running_picture(count=5, timeout=40)
    url = f"http://127.0.0.1:{port}/sessions/{(await only_session(port))['resourceID']}"

    async with aiohttp.ClientSession() as client:

        async def status_of(method: str, **headers: str) -> int:
            async with client.request(method, url, headers=headers) as answer:
                return answer.status

        marked = {"X-Ingress": "1"}
        assert await status_of("GET", Host="evil.example") == 403
        assert await status_of("DELETE", Host=f"evil.example:{port}", **marked) == 403
        for method in ("POST", "OPTIONS", "PUT", "PATCH"):
            assert await status_of(method, **marked) == 405
        assert await status_of("DELETE") == 403
        assert await status_of("HEAD") == 200
        assert (await only_session(port))["ingressID"] == info.ingress_id
        await viewer.running_picture(count=5, timeout=30)

        assert await status_of("DELETE", **marked) == 200
    await until(lambda: not publisher.process.running, 20, "the end of the encoder")


def service_says(service: Ingress, path: str, status: int, word: str):
    async def says() -> bool:
        answer = await service.health(path)
        return answer.status == status and word in answer.body

    return says
