"""Fixtures: one stack for each test process; rooms, ingresses, encoders and viewers for each test.

All logs go to test/artifacts/. When a test fails, what each process logged during it is shown.
"""

import contextlib
import itertools
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from livekit import api

from devstack import ROOT, Ingress, LiveKitServer, Redis, Stack, free_ports, until
from devstack.ports import free_port
from kit.clips import ALL, FULL, Clip
from kit.ffmpeg import FfmpegPublisher
from kit.own_network import OwnNetwork
from kit.state_log import StateLog
from kit.viewer import Viewer
from kit.watched_logs import WatchedLogs

# Two runs at the same time need a folder each, and so do the test processes of one run.
ARTIFACTS = Path(os.environ.get("E2E_ARTIFACTS", ROOT / "test" / "artifacts"))
ARTIFACTS /= os.environ.get("PYTEST_XDIST_WORKER", "")

# An encoder's share must not depend on how busy the test machine is.
TEST_CONFIG = {
    "cpu_cost": {"rtmp_cpu_cost": 0.01, "min_idle_ratio": -1},
    "logging": {"level": "debug", "json": False},
    "reconnect_grace": "4s",
}


# --- logs of failed tests, and servers that fall -----------------------------------------------

LOGS = WatchedLogs()
SHARED: list[Redis | LiveKitServer | Ingress] = []  # what runs during all tests
FALLEN: list[str] = []  # for the summary
# livekit-server 1.13.5 dies of a session's first state that comes while the ingress is deleted.
KNOWN_FALL = "UpdateIngressState"
RUNS = 3  # of a test, as long as livekit-server falls so


def pytest_runtest_setup(item: pytest.Item) -> None:
    LOGS.mark()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    report = (yield).get_result()
    if report.failed:
        report.sections.extend(LOGS.sections())


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """A server that falls under a test fails it, because something of ours has made it fall.

    One fall is known, and cannot be kept from it (docs/adr/0008): that test is run again, because
    its own end, which deletes the ingress, brings the fall about in one run of a hundred or so.
    """
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for left in reversed(range(RUNS)):
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if not (fallen := LOGS.fallen("livekit-server", "redis")):
            break
        known = LOGS.all_fell_in(KNOWN_FALL, "livekit-server", "redis")
        LOGS.forget_fallen()
        again = known and left > 0 and any(report.failed for report in reports)
        if not known:
            _fail(reports, fallen)
        during = f"during {item.nodeid}" + (", which was run again" if again else "")
        FALLEN.extend(f"{during}: {words}" for words in fallen)
        if not again:
            break
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _fail(reports: list[pytest.TestReport], fallen: list[str]) -> None:
    """Makes the test's own report one of a failure, whatever it was."""
    report = next((report for report in reports if report.when == "call"), reports[0])
    report.outcome = "failed"
    report.longrepr = "\n".join(filter(None, [*fallen, str(report.longrepr or "")]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test process tells the one that shows the summary."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["fallen"] = FALLEN


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    FALLEN.extend(getattr(node, "workeroutput", {}).get("fallen", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FALLEN:
        terminalreporter.section("servers that ended by themselves")
    for words in FALLEN:
        terminalreporter.write_line(words)


@pytest.fixture(autouse=True)
async def shared_servers_run() -> AsyncIterator[None]:
    """One that fell costs the test that it fell under, and not all that follow."""
    restarted = False
    for server in SHARED:
        if server.process.fell:
            await server.start()
            LOGS.watch(server.process)
            restarted = True
    for server in SHARED:
        # Where livekit-server fell, the ingress says so until its next look, ten seconds later.
        if restarted and isinstance(server, Ingress):
            await until(server.healthy, 30, "the ingress ready again")
    yield
    assert not (fallen := LOGS.fallen("ingress")), fallen[0]


# --- the stack ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """An empty folder whose content is kept after the run."""
    shutil.rmtree(ARTIFACTS, ignore_errors=True)
    ARTIFACTS.mkdir(parents=True)
    return ARTIFACTS


@pytest.fixture(scope="session")
async def servers(artifacts: Path) -> AsyncIterator[Stack]:
    """Redis and livekit-server; the ingress is not started."""
    config = TEST_CONFIG | {"debug_handler_port": free_port()}
    stack = Stack(artifacts / "stack", ingress_config=config, with_ingress=False, with_whip=True)
    LOGS.watch(*stack.processes)
    async with stack:
        SHARED.extend((stack.redis, stack.livekit))
        yield stack
        SHARED.clear()


@pytest.fixture(scope="session")
async def stack(servers: Stack) -> Stack:
    """The whole service; `servers` stops it."""
    await servers.ingress.start()
    SHARED.append(servers.ingress)
    return servers


@pytest.fixture(scope="session")
async def lk(servers: Stack) -> AsyncIterator[api.LiveKitAPI]:
    async with servers.api() as client:
        yield client


@pytest.fixture(scope="session")
async def states(servers: Stack) -> AsyncIterator[StateLog]:
    log = StateLog(servers.redis)
    await log.start()
    yield log
    await log.stop()


# --- services of a test's own ------------------------------------------------------------------


MakeService = Callable[..., Ingress]


@pytest.fixture
async def make_service(
    artifacts: Path, request: pytest.FixtureRequest
) -> AsyncIterator[MakeService]:
    """An ingress of its own; `fields` replace those of a working configuration, `launcher` and
    `env` are the process's."""
    running: list[Ingress] = []
    folder = artifacts / "services" / request.node.name

    def make(
        base: dict,
        launcher: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        **fields: object,
    ) -> Ingress:
        rtmp, relay, health, metrics = free_ports(4)
        ports = {"rtmp_port": rtmp, "http_relay_port": relay}
        ports |= {"health_port": health, "prometheus_port": metrics}
        config = base | TEST_CONFIG | ports | fields
        name = f"ingress-{len(running)}"
        service = Ingress(config, folder, name, launcher=launcher, env=env)
        running.append(service)
        service.spawn()
        LOGS.watch(service.process)
        return service

    yield make
    for service in running:
        await service.stop()


@pytest.fixture
async def own_network() -> AsyncIterator[OwnNetwork]:
    """A network with nothing in it."""
    async with OwnNetwork() as network:
        yield network


MakeApart = Callable[..., Awaitable[Ingress]]


@pytest.fixture
async def make_apart(own_network: OwnNetwork, make_service: MakeService) -> MakeApart:
    """An ingress in a network of its own. It reaches the servers of a stack, but no media does."""

    async def make(stack: Stack, **options: Any) -> Ingress:
        for port in (stack.ports.redis, stack.ports.livekit):
            await own_network.let_out(port)
        config = stack.default_ingress_config()
        service = make_service(config, launcher=own_network.argv, **options)
        await service.process.wait_log("ready for encoders", 30)
        await own_network.let_in(service.rtmp_port)
        return service

    return make


# --- what a test makes -------------------------------------------------------------------------


@pytest.fixture
def room() -> str:
    """A room name of this test alone."""
    return "room-" + secrets.token_hex(4)


MakeIngress = Callable[..., Awaitable[api.IngressInfo]]


@pytest.fixture
async def make_ingress(stack: Stack, lk: api.LiveKitAPI, room: str) -> AsyncIterator[MakeIngress]:
    """Creates an RTMP ingress into the test's room; fields of the request can be given."""
    made: list[str] = []

    async def make(**fields: Any) -> api.IngressInfo:
        defaults = {
            "input_type": api.IngressInput.RTMP_INPUT,
            "name": "test",
            "room_name": room,
            "participant_identity": "encoder",
            "participant_name": "The Encoder",
        }
        info = await lk.ingress.create_ingress(api.CreateIngressRequest(**(defaults | fields)))
        made.append(info.ingress_id)
        return info

    yield make
    for ingress_id in made:
        with contextlib.suppress(api.TwirpError):  # the test may have deleted it
            await lk.ingress.delete_ingress(api.DeleteIngressRequest(ingress_id=ingress_id))


@pytest.fixture
async def ingress(make_ingress: MakeIngress) -> api.IngressInfo:
    """An ingress with the default presets: three layers of 720p30 and stereo Opus."""
    return await make_ingress()


@pytest.fixture(scope="session")
def clips() -> None:
    """Makes the clips before anything waits for them; the first run ever takes a minute."""
    for clip in ALL:
        clip.path()


Publish = Callable[..., FfmpegPublisher]


@pytest.fixture
async def publish(
    clips: None, artifacts: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Callable[..., FfmpegPublisher]]:
    """Starts FFmpeg on an ingress; stopped with the test."""
    running: list[FfmpegPublisher] = []
    count = itertools.count(1)

    def start(info: api.IngressInfo, clip: Clip = FULL, **options: Any) -> FfmpegPublisher:
        log = artifacts / "ffmpeg" / f"{request.node.name}-{next(count)}.log"
        publisher = FfmpegPublisher(clip, f"{info.url}/{info.stream_key}", log, **options)
        publisher.start()
        LOGS.watch(publisher.process)
        running.append(publisher)
        return publisher

    yield start
    for publisher in running:
        await publisher.stop()


Watch = Callable[..., Awaitable[Viewer]]


@pytest.fixture
async def watch(servers: Stack, room: str) -> AsyncIterator[Watch]:
    """Joins the test's room as a viewer; leaves with the test."""
    viewers: list[Viewer] = []

    async def join(identity: str = "viewer", room_name: str = room) -> Viewer:
        token = servers.livekit.viewer_token(room_name, identity)
        viewer = await Viewer.join(servers.livekit.ws_url, token)
        viewers.append(viewer)
        return viewer

    yield join
    for viewer in viewers:
        await viewer.leave()


@dataclass(frozen=True)
class Live:
    """A stream that plays: FFmpeg sends it, a viewer sees it."""

    info: api.IngressInfo
    publisher: FfmpegPublisher
    viewer: Viewer


@pytest.fixture
async def live(ingress: api.IngressInfo, publish: Publish, watch: Watch) -> Live:
    viewer = await watch()
    publisher = publish(ingress)
    await viewer.running_picture(count=5, timeout=40)
    return Live(ingress, publisher, viewer)
