"""Encoders that come and go all the time, in every way: the service keeps turning, nothing is left.

CHURN_SECONDS says how long (a minute of it is some hundred to a thousand publishes). What was
counted and measured lies in test/artifacts/churn.json.
"""

import asyncio
import contextlib
import json
import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from livekit import api

from conftest import MakeIngress, MakeService
from devstack import Ingress, Stack, free_ports, until
from devstack.http import get
from kit import flv
from kit.clips import SMALL
from kit.rtmp import RtmpPublisher

SECONDS = float(os.environ.get("CHURN_SECONDS", "40"))
WARM_UP_SECONDS = 8  # opens and allocates what is kept for all
ENCODERS = 8
GROWTH_BYTES = 16 << 20  # of the service, when all is over and the heap was trimmed
LONGEST_TURN = 1.0  # seconds; less on a machine that does nothing else

Leave = Callable[[RtmpPublisher], Awaitable[None]]


async def by_unpublishing(encoder: RtmpPublisher) -> None:
    await encoder.unpublish()
    await encoder.wait_closed(10)


async def by_delete_stream(encoder: RtmpPublisher) -> None:
    await encoder.command("deleteStream", 5, None, 1)


async def by_closing(encoder: RtmpPublisher) -> None:
    """FIN: leaving the `async with` closes."""


async def by_reset(encoder: RtmpPublisher) -> None:
    encoder.reset()


async def by_reset_in_a_message(encoder: RtmpPublisher) -> None:
    header = b"\x04\x00\x00\x00\x00\x40\x00\x09\x01\x00\x00\x00"  # 16 KiB of video
    await encoder.send_raw(header + bytes(random.randrange(3000)))
    encoder.reset()


async def by_closing_in_a_header(encoder: RtmpPublisher) -> None:
    await encoder.send_raw(b"\x04\x00\x00")


async def by_silence(encoder: RtmpPublisher) -> None:
    await asyncio.sleep(1.5)
    encoder.reset()


LEAVE: list[Leave] = [
    by_unpublishing,
    by_unpublishing,
    by_delete_stream,
    by_closing,
    by_reset,
    by_reset,
    by_reset_in_a_message,
    by_closing_in_a_header,
    by_silence,
]


@dataclass
class Churn:
    """All that happens to one service."""

    service: Ingress
    infos: list[api.IngressInfo]
    tags: list[flv.Tag]
    debug_port: int
    dice: random.Random = field(default_factory=lambda: random.Random(1))
    counts: Counter = field(default_factory=Counter)
    slowest_answer: float = 0

    async def run(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        async with asyncio.TaskGroup() as tasks:
            for info in self.infos:
                tasks.create_task(self.encoder(info, end))
            tasks.create_task(self.intruder(end))
            tasks.create_task(self.killer(end))
            tasks.create_task(self.onlooker(end))

    async def encoder(self, info: api.IngressInfo, end: float) -> None:
        while time.monotonic() < end:
            if self.dice.random() < 0.15:  # another connection takes the key over
                await asyncio.gather(self.publish(info), self.publish(info))
            else:
                await self.publish(info)

    async def publish(self, info: api.IngressInfo) -> None:
        """Publishes for up to 0.2 s; who is taken over is hung up on."""
        leave = self.dice.choice(LEAVE)
        url = self.service.rtmp_url
        with contextlib.suppress(ConnectionError):
            async with await RtmpPublisher.open(url) as encoder:
                await encoder.handshake()
                await encoder.connect(url)
                status = await encoder.publish(info.stream_key)
                self.counts[status.code] += 1
                pause = self.dice.random() * 0.2
                for tag in self.tags:
                    await encoder.send_tag(tag)
                await asyncio.sleep(pause)
                await leave(encoder)
                self.counts[leave.__name__] += 1

    async def intruder(self, end: float) -> None:
        """Wrong keys, and connections that say nothing of use."""
        url = self.service.rtmp_url
        while time.monotonic() < end:
            with contextlib.suppress(ConnectionError):
                async with await RtmpPublisher.open(url) as encoder:
                    if self.dice.random() < 0.3:
                        await encoder.send_raw(self.dice.randbytes(300))
                        continue
                    await encoder.handshake()
                    await encoder.connect(url)
                    status = await encoder.publish("no-such-key")
                    assert status.level == "error"
                    self.counts["wrong key"] += 1
            await asyncio.sleep(0.1)

    async def killer(self, end: float) -> None:
        while time.monotonic() < end:
            await asyncio.sleep(2)
            if handlers := self.service.handlers():
                with contextlib.suppress(psutil.NoSuchProcess):
                    self.dice.choice(handlers).send_signal(signal.SIGKILL)
                    self.counts["handler killed"] += 1

    async def onlooker(self, end: float) -> None:
        """Reads health, metrics and the pages of all sessions."""
        root = f"http://127.0.0.1:{self.debug_port}"
        while time.monotonic() < end:
            asked = time.monotonic()
            health = await self.service.health()
            assert health.status, f"health does not answer: {health.body}"
            assert "livekit_ingress_requests" in await self.service.metrics()
            listed = await get(f"{root}/sessions")
            assert listed.status == 200, listed.body
            self.slowest_answer = max(self.slowest_answer, time.monotonic() - asked)
            for session in json.loads(listed.body):
                page = await get(f"{root}/gst_pipeline/{session['resourceID']}", timeout=10)
                self.counts[f"page {page.status}"] += 1
                assert page.status in (200, 404), page.body  # 404: it has ended meanwhile
            await asyncio.sleep(0.05)

    async def settle(self) -> None:
        """Until no session is left, and no process but the one warm handler."""
        sessions = f"http://127.0.0.1:{self.debug_port}/sessions"
        warm = re.compile(r'livekit_ingress_handlers\{[^}]*state="warm"[^}]*\} 1\b')

        async def settled() -> object:
            listed = await get(sessions)
            only_warm = len(self.service.handlers()) == 1
            return (
                listed.body.strip() == "[]"
                and only_warm
                and warm.search(await self.service.metrics())
            )

        await until(settled, 60, lambda: f"the warm handler alone; {self.service.handlers()}")


@dataclass(frozen=True)
class Holdings:
    descriptors: int
    processes: int
    memory: int

    @classmethod
    def of(cls, service: Ingress) -> "Holdings":
        process = psutil.Process(service.process.pid)
        return cls(
            process.num_fds(),
            len(process.children(recursive=True)),
            process.memory_info().rss,
        )


async def longest_turn(service: Ingress) -> float:
    found = re.search(
        r'livekit_ingress_loop_turn_seconds\{[^}]*span="run"[^}]*\} (\S+)', await service.metrics()
    )
    return float(found[1])


@pytest.mark.timeout(SECONDS + 180)
async def test_encoders_come_and_go_and_nothing_is_left(
    stack: Stack,
    make_ingress: MakeIngress,
    make_service: MakeService,
    artifacts: Path,
    clips: None,
):
    (debug_port,) = free_ports(1)
    service = make_service(stack.default_ingress_config(), debug_handler_port=debug_port)
    await service.process.wait_log("ready for encoders", 30)
    infos = [await make_ingress(participant_identity=f"encoder-{i}") for i in range(ENCODERS)]
    churn = Churn(service, infos, flv.read(SMALL.path())[:12], debug_port)
    pid = service.process.pid
    await churn.run(WARM_UP_SECONDS)
    await churn.settle()
    before = Holdings.of(service)
    churn.counts.clear()

    await churn.run(SECONDS)
    busiest = Holdings.of(service)
    await churn.settle()

    def as_before() -> bool:
        now = Holdings.of(service)
        return (
            now.descriptors <= before.descriptors
            and now.processes <= before.processes
            and now.memory <= before.memory + GROWTH_BYTES
        )

    try:
        await until(as_before, 30, lambda: f"as before: {before}; now {Holdings.of(service)}")
    finally:
        report = {
            "seconds": SECONDS,
            "counts": dict(churn.counts),
            "longestTurnSeconds": await longest_turn(service),
            "slowestAnswersSeconds": churn.slowest_answer,
            "before": vars(before),
            "busiest": vars(busiest),
            "after": vars(Holdings.of(service)),
        }
        text = json.dumps(report, indent=2)
        (artifacts / "churn.json").write_text(text)
        print(text)
    log = service.process.log_text()
    assert not re.search(r"killed by signal (?!9 )", log), "a handler crashed"
    assert "does not answer" not in log, "a handler hung"
    assert service.process.pid == pid
    assert churn.counts["NetStream.Publish.Start"] >= SECONDS
    assert await longest_turn(service) < LONGEST_TURN
    zombies = [c for c in service.handlers() if c.status() == psutil.STATUS_ZOMBIE]
    assert not zombies
