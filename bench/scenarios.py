#!/usr/bin/env python3
"""Measures whole sessions against the real servers.

    .venv/bin/python bench/scenarios.py [NAME ...] [--seconds S] [--runs N]

Starts Redis, livekit-server and the ingress on free ports, publishes a stamped clip, watches it
with a libwebrtc client and prints a JSON line a run: processor time of service, handler and
transcoder (cores), proportional and private memory by process (MB), connect to first frame (ms),
delay from the encoder's write to the viewer's frame (ms, and its median by second), sound minus
picture (ms), sizes seen, routes taken.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "test" / "e2e"), str(ROOT / "script" / "lib")]

from livekit import api, rtc  # noqa: E402

from devstack import Stack, until  # noqa: E402
from kit import flv  # noqa: E402
from kit.clips import FULL, LONG_GOP, WITH_B_FRAMES, Clip  # noqa: E402
from kit.measure import av_offsets  # noqa: E402
from kit.routes import routes  # noqa: E402
from kit.rtmp import RtmpPublisher  # noqa: E402
from kit.viewer import HIGH, LOW, MEDIUM, Viewer  # noqa: E402

QUALITIES = {"high": HIGH, "medium": MEDIUM, "low": LOW}
ONE_LAYER = api.IngressVideoEncodingPreset.H264_720P_30FPS_1_LAYER
THREE_LAYERS = api.IngressVideoEncodingPreset.H264_720P_30FPS_3_LAYERS
FULL_HD = api.IngressVideoEncodingPreset.H264_1080P_30FPS_3_LAYERS
HD60 = Clip(width=1920, height=1080, fps=60, kbps=6000, seconds=24)


@dataclass(frozen=True)
class Scenario:
    clip: Clip = FULL
    preset: int = THREE_LAYERS
    quality: str | None = "high"  # None: nobody watches
    sessions: int = 1
    stall: tuple[float, float] | None = None  # begin and length, seconds; then all at once
    burst: float = 0  # seconds of the clip that are sent at once in the beginning
    steal: tuple[float, float] | None = None  # begin and length of a busy machine, seconds
    joins: int = 0  # viewers who come one after another
    settle: float = 6  # seconds before processor time is counted


SCENARIOS = {
    "ladder": Scenario(WITH_B_FRAMES),
    "hybrid": Scenario(),
    "pass-through": Scenario(preset=ONE_LAYER),
    "pass-through-ten": Scenario(preset=ONE_LAYER, sessions=10),
    # livekit-server says after ten seconds that nobody watches.
    "unwatched": Scenario(WITH_B_FRAMES, quality=None, settle=16),
    "low": Scenario(quality="low"),
    "hd60": Scenario(HD60, FULL_HD),
    "stall": Scenario(preset=ONE_LAYER, stall=(10, 5)),
    "stall-hybrid": Scenario(stall=(10, 5)),
    "stall-ladder": Scenario(WITH_B_FRAMES, stall=(10, 5)),
    "burst": Scenario(preset=ONE_LAYER, burst=10),
    "burst-ladder": Scenario(WITH_B_FRAMES, burst=10),
    "starved": Scenario(WITH_B_FRAMES, steal=(8, 10)),
    "join": Scenario(LONG_GOP, ONE_LAYER, joins=12),
}


class Source:
    """Sends a clip as `scenario` says and notes when each picture was written."""

    def __init__(self, scenario: Scenario, seconds: float):
        self._scenario, self._seconds = scenario, seconds
        self.connected_at = 0.0
        self.sent: dict[int, float] = {}  # frame number -> monotonic seconds

    async def run(self, info: api.IngressInfo) -> None:
        self.connected_at = time.monotonic()
        publisher = await RtmpPublisher.publishing(info.url, info.stream_key)
        async with publisher:
            started = time.monotonic()
            for tag in self._tags():
                due = tag.timestamp / 1000 - self._scenario.burst
                if (
                    self._scenario.stall
                    and 0 <= due - self._scenario.stall[0] < self._scenario.stall[1]
                ):
                    due = sum(self._scenario.stall)
                if due > self._seconds:
                    break
                await asyncio.sleep(max(0, started + due - time.monotonic()))
                if tag.kind == flv.VIDEO and not tag.is_header and tag.body[1] == 1:
                    composition = int.from_bytes(tag.body[2:5], "big", signed=True)
                    number = round((tag.timestamp + composition) * self._scenario.clip.fps / 1000)
                    self.sent[number - self._first] = time.monotonic()
                await publisher.send_tag(tag)
            await publisher.unpublish()

    def _tags(self) -> list[flv.Tag]:
        tags = flv.read(self._scenario.clip.path())
        # With B-frames the first picture is presented some frames late.
        first = next(t for t in tags if t.kind == flv.VIDEO and not t.is_header and t.body[1] == 1)
        composition = int.from_bytes(first.body[2:5], "big", signed=True)
        self._first = round((first.timestamp + composition) * self._scenario.clip.fps / 1000)
        return tags


@contextlib.asynccontextmanager
async def busy_machine(steal: tuple[float, float] | None) -> AsyncIterator[None]:
    """Two busy loops for each processor, for a while."""

    async def steal_time() -> None:
        await asyncio.sleep(steal[0])
        burn = f"import time\nend = time.time() + {steal[1]}\nwhile time.time() < end: pass"
        loops = [
            await asyncio.create_subprocess_exec(sys.executable, "-c", burn)
            for _ in range(2 * (psutil.cpu_count() or 1))
        ]
        for loop in loops:
            await loop.wait()

    task = asyncio.create_task(steal_time()) if steal else None
    yield
    if task:
        await task


def tree(stack: Stack) -> list[psutil.Process]:
    service = psutil.Process(stack.ingress.process.pid)
    return [service, *service.children(recursive=True)]


def processor_seconds(stack: Stack) -> float:
    total = 0.0
    for process in tree(stack):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def memory(stack: Stack) -> list[dict]:
    found = []
    for process in tree(stack):
        with contextlib.suppress(psutil.Error):
            role = (process.cmdline()[1:2] or ["service"])[0]
            used = process.memory_full_info()
            found.append(
                {
                    "role": "service" if role.startswith("-") else role,
                    "pss": round(used.pss / 1e6, 1),
                    "private": round(used.uss / 1e6, 1),
                }
            )
    return found


async def join_times(stack: Stack, room: str, count: int) -> list[int]:
    """Join to first picture, in milliseconds, of viewers at different places in the GOP."""
    times = []
    for number in range(count):
        await asyncio.sleep(1.37)
        began = time.monotonic()
        viewer = await Viewer.join(
            stack.livekit.ws_url, stack.livekit.viewer_token(room, f"late-{number}")
        )
        await until(lambda who=viewer: who.frames, 15, "a first picture")
        times.append(round((viewer.frames[0].at - began) * 1000))
        await viewer.leave()
    return times


def delays(source: Source, viewer: Viewer) -> list[tuple[float, float]]:
    """(when it was seen, milliseconds after it was written) of each stamped frame."""
    return [
        (frame.at - source.connected_at, (frame.at - source.sent[frame.number]) * 1000)
        for frame in viewer.frames
        if frame.number in source.sent
    ]


def by_second(found: list[tuple[float, float]]) -> dict[int, int]:
    seconds: dict[int, list[float]] = {}
    for at, delay in found:
        seconds.setdefault(int(at), []).append(delay)
    return {second: round(statistics.median(all_)) for second, all_ in sorted(seconds.items())}


async def watch(stack: Stack, room: str, quality: str) -> Viewer:
    viewer = await Viewer.join(stack.livekit.ws_url, stack.livekit.viewer_token(room, "viewer"))

    def choose(publication: rtc.RemoteTrackPublication, *_: object) -> None:
        if publication.kind == rtc.TrackKind.KIND_VIDEO and publication.simulcasted:
            publication.set_video_quality(QUALITIES[quality])

    viewer.room.on("track_published", choose)
    return viewer


async def run(stack: Stack, lk: api.LiveKitAPI, name: str, seconds: float) -> dict:
    scenario = SCENARIOS[name]
    room = f"bench-{name}-{time.monotonic_ns()}"
    infos = [
        await lk.ingress.create_ingress(
            api.CreateIngressRequest(
                input_type=api.IngressInput.RTMP_INPUT,
                name=name,
                room_name=room if i == 0 else f"{room}-{i}",
                participant_identity="encoder",
                video=api.IngressVideoOptions(preset=scenario.preset),
            )
        )
        for i in range(scenario.sessions)
    ]
    viewers = []
    if scenario.quality:
        for i in range(scenario.sessions):
            viewers.append(await watch(stack, room if i == 0 else f"{room}-{i}", scenario.quality))
    sources = [Source(scenario, seconds) for _ in infos]
    async with busy_machine(scenario.steal):
        tasks = [
            asyncio.create_task(source.run(info))
            for source, info in zip(sources, infos, strict=True)
        ]
        await asyncio.sleep(min(scenario.settle, seconds - 3))
        before, began = processor_seconds(stack), time.monotonic()
        joins = await join_times(stack, room, scenario.joins)
        await asyncio.sleep(max(1, seconds - 1 - (time.monotonic() - sources[0].connected_at)))
        cores = (processor_seconds(stack) - before) / (time.monotonic() - began)
        used = memory(stack)
        await asyncio.gather(*tasks)
    await asyncio.sleep(1)
    result = {"scenario": name, "cores": round(cores, 3), "memory_mb": used}
    result["routes"] = routes(stack, infos[0])
    if joins:
        result["join_to_first_frame_ms"] = joins
    if viewers:
        found = delays(sources[0], viewers[0])
        stamped = [frame for frame in viewers[0].frames if frame.number is not None]
        sizes: dict[str, int] = {}
        for frame in stamped:
            sizes[f"{frame.width}x{frame.height}"] = (
                sizes.get(f"{frame.width}x{frame.height}", 0) + 1
            )
        offsets = av_offsets(viewers[0].frames, viewers[0].beeps, scenario.clip.fps)
        result |= {
            "connect_to_first_frame_ms": round((stamped[0].at - sources[0].connected_at) * 1000)
            if stamped
            else None,
            "delay_ms": round(statistics.median(delay for _, delay in found)) if found else None,
            "delay_by_second_ms": by_second(found),
            "sound_minus_picture_ms": [round(o * 1000) for o in offsets],
            "sizes": sizes,
        }
    for viewer in viewers:
        await viewer.leave()
    for info in infos:
        await lk.ingress.delete_ingress(api.DeleteIngressRequest(ingress_id=info.ingress_id))
    return result


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(SCENARIOS), metavar="NAME")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--runs", type=int, default=1)
    arguments = parser.parse_args()
    for name in arguments.names:
        SCENARIOS[name].clip.path()
    config = {"cpu_cost": {"rtmp_cpu_cost": 0.01}}
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(Path(folder), ingress_config=config) as stack, stack.api() as lk:
            for name in arguments.names * arguments.runs:
                seconds = arguments.seconds + 3 * SCENARIOS[name].joins
                longest = SCENARIOS[name].clip.seconds - SCENARIOS[name].burst
                print(json.dumps(await run(stack, lk, name, min(seconds, longest))), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
