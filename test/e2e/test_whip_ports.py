"""The port by which the media of all WHIP sessions comes, and the processes behind it."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psutil
import pytest
from livekit import api

from conftest import LOGS, MakeIngress, Watch
from devstack import Stack, until
from kit import stun
from kit.clips import SMALL
from kit.gaps import GapWatch
from kit.viewer import Viewer
from kit.whip import FfmpegWhip, ask
from kit.whip_offer import AUDIO_OFFER

StartStream = Callable[[str], Awaitable[Viewer]]


@pytest.fixture
async def start_stream(
    clips: None, artifacts: Path, make_ingress: MakeIngress, watch: Watch, stack: Stack
) -> AsyncIterator[StartStream]:
    """A stream of FFmpeg's by WHIP into a room of its own, which plays at the viewer."""
    running: list[FfmpegWhip] = []

    async def start(name: str) -> Viewer:
        info = await make_ingress(
            input_type=api.IngressInput.WHIP_INPUT, room_name=name, participant_identity=name
        )
        viewer = await watch(room_name=name)
        publisher = FfmpegWhip(SMALL, info, artifacts / "ffmpeg" / f"{name}.log")
        publisher.start()
        LOGS.watch(publisher.process)
        running.append(publisher)
        await viewer.running_picture(count=60, timeout=40)
        return viewer

    yield start
    for publisher in running:
        await publisher.kill()


def watch_gaps(stack: Stack, viewer: Viewer) -> GapWatch:
    return GapWatch(viewer, stack.ingress.process.pid, stack.livekit.process.pid)


def processor_time(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def half_open(make_ingress: MakeIngress) -> str:
    """The ufrag that a client is told that will never come."""
    info = await make_ingress(
        input_type=api.IngressInput.WHIP_INPUT, participant_identity="half-open"
    )
    url = f"{info.url}/{info.stream_key}"
    answer = await ask("POST", url, AUDIO_OFFER, Content_Type="application/sdp")
    assert answer.status == 201, answer.body
    return re.search(r"a=ice-ufrag:(\S+)", answer.body)[1]


@pytest.mark.parametrize("rate", [1_000, 20_000])
async def test_strangers_get_no_answer_and_disturb_nobody(
    stack: Stack, start_stream: StartStream, make_ingress: MakeIngress, rate: int
):
    viewer = await start_stream("undisturbed")
    ufrag = await half_open(make_ingress)
    service = psutil.Process(stack.ingress.process.pid)
    memory, descriptors, used = (
        service.memory_info().rss,
        service.num_fds(),
        processor_time(service),
    )
    seconds = 4
    async with watch_gaps(stack, viewer) as gaps:
        outcome = await stun.flood(stack.ports.whip_udp, rate, seconds, ufrag)
    used = processor_time(service) - used

    assert outcome["sent"] >= rate * seconds
    assert outcome["answers"] == 0
    assert gaps.worst().own <= 0.2, gaps.worst()
    assert used / seconds < 0.1, f"{used / seconds:.3f} of a core"
    assert service.memory_info().rss < memory + (8 << 20)
    assert service.num_fds() <= descriptors + 2


async def test_a_handler_that_dies_costs_its_own_stream_alone(
    stack: Stack, start_stream: StartStream
):
    doomed = await start_stream("doomed")
    (handler,) = [h for h in stack.ingress.handlers() if "WH_" in " ".join(h.cmdline())]
    neighbour = await start_stream("neighbour")
    async with watch_gaps(stack, neighbour) as gaps:
        handler.kill()
        await until(lambda: not doomed.identities(), 40, "the room without the doomed stream")
        await neighbour.running_picture(count=30, timeout=20)
    assert gaps.worst().own <= 0.2, gaps.worst()
