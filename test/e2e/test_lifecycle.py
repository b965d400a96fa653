"""Processes that die, hang or are replaced, and what of it is seen outside."""

import re
import signal

import psutil
from livekit import api

from conftest import Live, MakeIngress, MakeService, Publish, Watch
from devstack import Stack, until
from kit.clips import SMALL
from kit.state_log import StateLog


def busy_handlers(service: psutil.Process) -> list[psutil.Process]:
    """The handlers that hold a connection; warm ones hold none."""
    return [
        child
        for child in service.children()
        if child.status() != psutil.STATUS_ZOMBIE and child.net_connections("inet")
    ]


async def test_a_warm_handler_that_dies_is_replaced(servers: Stack, make_service: MakeService):
    service = make_service(servers.default_ingress_config())
    await until(service.ready, 30, "the service")

    async def one_is_warm() -> bool:
        warm = r'livekit_ingress_handlers\{[^}]*state="warm"[^}]*\} 1\b'
        return re.search(warm, await service.metrics()) is not None

    await until(one_is_warm, 30, "a warm handler")
    (first,) = service.handlers()
    first.kill()
    await service.process.wait_log("a warm handler was gone", 10)
    await until(one_is_warm, 10, "another warm handler")
    assert first.pid not in [handler.pid for handler in service.handlers()]


async def test_a_handler_that_dies_is_replaced_once_while_the_encoder_stays(
    stack: Stack, live: Live, states: StateLog
):
    first = await states.wait_status(live.info.ingress_id, "PUBLISHING", 15)
    (handler,) = busy_handlers(psutil.Process(stack.ingress.process.pid))
    handler.kill()
    await live.viewer.running_picture(count=5, timeout=30)
    assert live.publisher.process.running
    last = states.states(live.info.ingress_id)[-1]
    assert (last.started_at, last.resource_id) == (first.started_at, first.resource_id)
    assert states.session_statuses(live.info.ingress_id) == ["BUFFERING", "PUBLISHING"]

    (handler,) = busy_handlers(psutil.Process(stack.ingress.process.pid))
    handler.send_signal(signal.SIGSEGV)
    failed = await states.wait_status(live.info.ingress_id, "ERROR", 15)
    assert "ended unexpectedly" in failed.error
    assert "SIGSEGV" in failed.error
    await live.publisher.process.wait(10)
    assert "livekit_ingress_handler_restarts_total" in await stack.ingress.metrics()


async def test_a_handler_that_hangs_is_replaced_and_its_neighbour_notices_nothing(
    stack: Stack, make_ingress: MakeIngress, publish: Publish, watch: Watch, states: StateLog
):
    service = psutil.Process(stack.ingress.process.pid)
    hanging = await make_ingress(room_name="hanging", participant_identity="hanging")
    viewer_of_hanging = await watch(room_name="hanging")
    publish(hanging, SMALL)
    await viewer_of_hanging.running_picture(count=5, timeout=40)
    (handler,) = busy_handlers(service)

    neighbour = await make_ingress()
    viewer = await watch()
    publish(neighbour, SMALL)
    await viewer.running_picture(count=5, timeout=40)

    handler.send_signal(signal.SIGSTOP)
    await viewer_of_hanging.frames_where(
        lambda frame: frame.number is not None,
        5,
        40,
        "after the handler was replaced",
        since=len(viewer_of_hanging.frames) + 30,
    )
    assert not handler.is_running() or handler.status() == psutil.STATUS_ZOMBIE
    assert states.session_statuses(hanging.ingress_id) == ["BUFFERING", "PUBLISHING"]
    assert states.session_statuses(neighbour.ingress_id) == ["BUFFERING", "PUBLISHING"]
    numbers = [frame.number for frame in viewer.frames[-60:] if frame.number is not None]
    steps = [b - a for a, b in zip(numbers, numbers[1:], strict=False)]
    # The clip repeats itself; else its pictures follow each other.
    assert steps
    assert all(step < 30 for step in steps), numbers


async def test_a_changed_ingress_is_applied_while_the_encoder_stays(
    stack: Stack, live: Live, lk: api.LiveKitAPI, states: StateLog, room: str, watch: Watch
):
    who = await live.viewer.participant("encoder")
    sid = who.sid
    await lk.ingress.update_ingress(
        api.UpdateIngressRequest(
            ingress_id=live.info.ingress_id,
            participant_name="Renamed",
            participant_metadata='{"seat": 4}',
        )
    )
    await until(lambda: (who.name, who.metadata) == ("Renamed", '{"seat": 4}'), 10, "the new name")
    assert (await live.viewer.participant("encoder")).sid == sid

    other = await watch(room_name=room + "-b")
    await lk.ingress.update_ingress(
        api.UpdateIngressRequest(ingress_id=live.info.ingress_id, room_name=room + "-b")
    )
    await other.running_picture(count=5, timeout=30)
    await until(
        lambda: "encoder" not in live.viewer.identities(),
        10,
        "the encoder gone from the first room",
    )
    moved = await other.participant("encoder")
    assert (moved.name, moved.metadata) == ("Renamed", '{"seat": 4}')
    assert live.publisher.process.running
    assert states.session_statuses(live.info.ingress_id) == ["BUFFERING", "PUBLISHING"]

    mark = stack.ingress.process.log_size()
    # The service's line and the handler's.
    await live.publisher.stop()
    for message in ("session ended", "the stream ended"):
        line = await stack.ingress.process.wait_log(f"{message}.*{live.info.ingress_id}", 15, mark)
        assert f"room={room}-b " in line, line
        assert "nodeID=NE_" in line, line


async def test_a_disabled_ingress_ends_its_session_in_order(
    live: Live, lk: api.LiveKitAPI, states: StateLog
):
    await lk.ingress.update_ingress(
        api.UpdateIngressRequest(ingress_id=live.info.ingress_id, enabled=False)
    )
    await live.publisher.process.wait(15)
    last = await states.wait_status(live.info.ingress_id, "INACTIVE", 15)
    assert last.error == ""


async def test_no_process_outlives_a_killed_service_and_the_next_one_reports_its_sessions(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
    states: StateLog,
):
    service = make_service(servers.default_ingress_config())
    await until(service.ready, 30, "the service")
    info = await make_ingress()
    viewer = await watch()
    info.url = service.rtmp_url
    publish(info, SMALL)
    await viewer.running_picture(count=5, timeout=40)
    children = psutil.Process(service.process.pid).children(recursive=True)
    assert children

    await service.process.stop(signal.SIGKILL)
    await until(
        lambda: (
            not any(
                child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children
            )
        ),
        10,
        "end of all processes of the killed service",
    )
    await service.start()
    failed = await states.wait_status(info.ingress_id, "ERROR", 20)
    assert "the node was restarted" in failed.error


async def test_a_handler_that_cannot_be_started_is_an_error_and_the_next_stream_is_fine(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
    states: StateLog,
):
    service = make_service(servers.default_ingress_config(), warm_handlers=0)
    await until(service.ready, 30, "the service")
    info = await make_ingress()
    info.url = service.rtmp_url
    process = psutil.Process(service.process.pid)
    before = process.rlimit(psutil.RLIMIT_NOFILE)
    # Room for the encoder's connection, none for a handler's sockets.
    process.rlimit(psutil.RLIMIT_NOFILE, (process.num_fds() + 2, before[1]))
    publisher = publish(info, SMALL)
    failed = await states.wait_status(info.ingress_id, "ERROR", 20)
    assert "handler" in failed.error, failed.error
    await publisher.process.wait(10)

    process.rlimit(psutil.RLIMIT_NOFILE, before)
    viewer = await watch()
    publish(info, SMALL)
    await viewer.running_picture(count=5, timeout=40)
