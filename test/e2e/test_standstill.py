"""What others do to the service's files, log and children never makes it stand still."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import psutil
from livekit import api

from conftest import Live, MakeService
from devstack import Ingress, Stack, until
from kit.rtmp import RtmpPublisher

# Starts the rest of the command line with a standard error of one page that nobody reads.
NOBODY_READS = """
import fcntl, os, sys
reader, writer = os.pipe()
fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
os.set_inheritable(reader, True)
os.dup2(writer, 2)
os.execvp(sys.argv[1], sys.argv[1:])
"""


async def refused(service: Ingress) -> None:
    """A publish that writes some lines to the log."""
    async with await RtmpPublisher.open(service.rtmp_url) as encoder:
        await encoder.handshake()
        await encoder.connect(service.rtmp_url)
        assert (await encoder.publish("no-such-key")).level == "error"


async def publish(service: Ingress, info: api.IngressInfo) -> None:
    async with await RtmpPublisher.publishing(service.rtmp_url, info.stream_key) as encoder:
        await encoder.unpublish()


async def test_a_log_that_nobody_reads(
    stack: Stack, make_service: MakeService, ingress: api.IngressInfo
):
    launcher = [sys.executable, "-c", NOBODY_READS]
    service = make_service(stack.default_ingress_config(), launcher=launcher)
    await until(service.ready, 30, "readiness")
    for _ in range(30):
        await refused(service)
    await publish(service, ingress)
    assert await service.healthy()


async def test_a_standard_error_that_was_closed(
    stack: Stack, make_service: MakeService, ingress: api.IngressInfo
):
    service = make_service(
        stack.default_ingress_config(), launcher=["bash", "-c", 'exec "$@" 2>&-', "bash"]
    )
    await until(service.ready, 30, "readiness")
    where = os.readlink(f"/proc/{service.process.pid}/fd/2")
    assert where == "/dev/null", "lines of the log go into what has its number"
    await publish(service, ingress)


async def test_a_pause_of_all_processes_ends_none(stack: Stack, live: Live):
    """A container that was paused, a virtual machine that was moved."""
    service = psutil.Process(stack.ingress.process.pid)
    family = [service, *service.children(recursive=True)]
    log = stack.ingress.process
    mark = log.log_size()
    for process in family:
        process.suspend()
    await asyncio.sleep(4)
    for process in family:
        process.resume()
    await live.viewer.running_picture(count=60, timeout=30)
    assert "does not answer, ending it" not in log.log_text(mark)
    assert all(process.is_running() for process in family)


async def test_a_configuration_that_cannot_be_read_at_the_moment(
    stack: Stack, make_service: MakeService, ingress: api.IngressInfo
):
    service = make_service(stack.default_ingress_config())
    await service.process.wait_log("ready for encoders", 30)
    service.config_file.unlink()
    os.mkfifo(service.config_file)
    os.kill(service.process.pid, signal.SIGHUP)
    for _ in range(10):
        await refused(service)
    await publish(service, ingress)
    assert await service.healthy()
    await service.process.wait_log("the configuration is not applied", 15)


async def test_the_service_manager_hears_of_the_turns(
    stack: Stack, make_service: MakeService, tmp_path: Path
):
    heard: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.setblocking(False)
        manager.bind(str(tmp_path / "notify"))
        env = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "900000"}
        service = make_service(stack.default_ingress_config(), env=env)

        def hears(count: int) -> bool:
            while True:
                try:
                    heard.append(manager.recv(100).decode())
                except BlockingIOError:
                    return heard.count("WATCHDOG=1") >= count

        await until(lambda: hears(3) and "READY=1" in heard, 20, lambda: f"the turns; {heard}")
        os.kill(service.process.pid, signal.SIGSTOP)
        hears(0)
        heard.clear()
        os.kill(service.process.pid, signal.SIGCONT)
        await until(lambda: hears(1), 10, "a word from the one that was stopped")


async def test_the_stacks_can_be_asked_for_while_the_stream_runs(stack: Stack, live: Live):
    log = stack.ingress.process
    handlers = [child for child in stack.ingress.handlers() if child.net_connections("inet")]
    for pid in (log.pid, handlers[0].pid):
        mark = log.log_size()
        os.kill(pid, signal.SIGUSR2)
        first = await log.wait_log(f"stack of thread {pid}", 10, since=mark)
        await log.wait_log(r"#\d+ .*scheduler.*run", 10, since=mark)
        if pid != log.pid:
            assert live.info.ingress_id in first, "whose stream it is"
            assert "resourceID" in first
    await live.viewer.running_picture(count=30, timeout=20)
