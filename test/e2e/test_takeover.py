"""Encoders that come back, and encoders that want the same key."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from livekit import api

from conftest import Live, MakeIngress, MakeService, Publish, Watch
from devstack import Stack, until
from kit import flv
from kit.clips import SILENT
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog


class Encoders:
    """Publishers that send a clip each, in the background."""

    def __init__(self) -> None:
        self._stack = contextlib.AsyncExitStack()
        self._playing: list[asyncio.Task] = []

    async def start(self, url: str, key: str) -> RtmpPublisher:
        publisher = await self._stack.enter_async_context(await RtmpPublisher.publishing(url, key))
        self._playing.append(asyncio.create_task(publisher.play(flv.read(SILENT.path()))))
        return publisher

    async def stop(self) -> None:
        for task in self._playing:
            task.cancel()
        await asyncio.gather(*self._playing, return_exceptions=True)
        await self._stack.aclose()


@pytest.fixture
async def encoders(clips: None) -> AsyncIterator[Encoders]:
    encoders = Encoders()
    yield encoders
    await encoders.stop()


async def refused(url: str, key: str) -> str:
    """What an encoder is told that may not publish."""
    async with await RtmpPublisher.open(url) as publisher:
        await publisher.handshake()
        await publisher.connect(url)
        status = await publisher.publish(key)
        assert status.level == "error", status
        return status.description


async def test_an_encoder_that_was_cut_off_comes_back_to_its_tracks(
    live: Live, publish: Publish, states: StateLog
):
    before = await live.viewer.participant("encoder")
    sid, tracks = before.sid, set(before.track_publications)
    first = await states.wait_status(live.info.ingress_id, "PUBLISHING", 15)

    def runs_late(frame) -> bool:
        return frame.number is not None and frame.number > 90

    def runs_anew(frame) -> bool:
        return frame.number is not None and frame.number < 60

    await live.viewer.frames_where(runs_late, 1, 30, "beyond the clip's third second")
    await live.publisher.kill()
    seen = len(live.viewer.frames)
    publish(live.info)
    await live.viewer.frames_where(runs_anew, 5, 30, "of the clip's beginning", since=seen)
    after = await live.viewer.participant("encoder")
    assert (after.sid, set(after.track_publications)) == (sid, tracks)
    last = states.states(live.info.ingress_id)[-1]
    assert (last.started_at, last.resource_id) == (first.started_at, first.resource_id)
    assert states.session_statuses(live.info.ingress_id)[-2:] == ["BUFFERING", "PUBLISHING"]


async def test_a_new_encoder_continues_the_session_and_the_old_one_is_told(
    stack: Stack, ingress: api.IngressInfo, encoders: Encoders, watch: Watch, states: StateLog
):
    viewer = await watch()
    first = await encoders.start(ingress.url, ingress.stream_key)
    await viewer.running_picture(count=5, timeout=40)
    sid = (await viewer.participant("encoder")).sid

    winner = await encoders.start(ingress.url, ingress.stream_key)
    await first.wait_closed(10)
    assert "another encoder took this stream key over" in first.statuses[-1].description
    await viewer.running_picture(count=5, timeout=30)
    assert (await viewer.participant("encoder")).sid == sid

    # The loser connects again at once, as encoders do. From one address, that may be one encoder on
    # a bad line, so it succeeds some times, but not for ever.
    async def contest() -> str:
        nonlocal winner
        for _ in range(5):
            try:
                winner = await encoders.start(ingress.url, ingress.stream_key)
            except AssertionError as refusal:
                return str(refusal)
        return "never refused"

    assert "another encoder is publishing with this stream key" in await contest()
    await viewer.running_picture(count=5, timeout=30)
    assert not winner.closed.is_set()
    assert states.session_statuses(ingress.ingress_id) == ["BUFFERING", "PUBLISHING"]


async def test_reject_tells_the_second_encoder_and_leaves_the_first_alone(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    encoders: Encoders,
    watch: Watch,
    states: StateLog,
):
    service = make_service(servers.default_ingress_config(), takeover="reject")
    await until(service.ready, 30, "the service")
    info = await make_ingress()
    viewer = await watch()
    first = await encoders.start(service.rtmp_url, info.stream_key)
    await viewer.running_picture(count=5, timeout=40)

    words = await refused(service.rtmp_url, info.stream_key)
    assert "another encoder is publishing with this stream key" in words
    await viewer.running_picture(count=5, timeout=30)
    assert not first.closed.is_set()
    assert states.session_statuses(info.ingress_id) == ["BUFFERING", "PUBLISHING"]


async def test_two_publishes_in_one_moment_make_one_session(
    stack: Stack, ingress: api.IngressInfo, encoders: Encoders, watch: Watch, states: StateLog
):
    viewer = await watch()
    both = await asyncio.gather(
        *(encoders.start(ingress.url, ingress.stream_key) for _ in range(2)),
        return_exceptions=True,
    )
    await viewer.running_picture(count=5, timeout=40)
    await until(
        lambda: (
            sum(isinstance(one, RtmpPublisher) and not one.closed.is_set() for one in both) == 1
        ),
        10,
        "one encoder left",
    )
    resources = {state.resource_id for state in states.states(ingress.ingress_id)}
    assert len(resources - {""}) == 1
    assert states.session_statuses(ingress.ingress_id) == ["BUFFERING", "PUBLISHING"]


async def test_another_node_takes_a_session_over_in_order(
    stack: Stack,
    servers: Stack,
    make_service: MakeService,
    live: Live,
    encoders: Encoders,
    states: StateLog,
):
    other = make_service(servers.default_ingress_config())
    await until(other.ready, 30, "the service")
    await states.wait_status(live.info.ingress_id, "PUBLISHING", 15)
    await encoders.start(other.rtmp_url, live.info.stream_key)
    await live.publisher.process.wait(15)
    await live.viewer.frames_where(
        lambda frame: frame.size[0] in (640, 320, 160), 5, 40, "of the second encoder's clip"
    )
    await states.wait_status(live.info.ingress_id, "PUBLISHING", 20)
    assert states.session_statuses(live.info.ingress_id) == [
        *["BUFFERING", "PUBLISHING", "INACTIVE"],
        *["BUFFERING", "PUBLISHING"],
    ]


async def test_two_nodes_that_get_one_key_in_one_moment_make_one_session_of_it(
    stack: Stack,
    servers: Stack,
    make_service: MakeService,
    ingress: api.IngressInfo,
    encoders: Encoders,
    watch: Watch,
    states: StateLog,
):
    other = make_service(servers.default_ingress_config())
    await until(other.ready, 30, "the service")
    viewer = await watch()
    both = await asyncio.gather(
        encoders.start(ingress.url, ingress.stream_key),
        encoders.start(other.rtmp_url, ingress.stream_key),
    )
    await until(lambda: sum(not one.closed.is_set() for one in both) == 1, 15, "one encoder left")
    await viewer.running_picture(count=5, timeout=40)
    await states.wait_status(ingress.ingress_id, "PUBLISHING", 20)
    # One node had it, handed it over in order, and the other went on.
    assert "ERROR" not in states.session_statuses(ingress.ingress_id)
    loser = next(one for one in both if one.closed.is_set())
    assert "another encoder" in loser.statuses[-1].description


class Insistent:
    """An encoder that connects again whenever it was thrown out or refused."""

    def __init__(self, info: api.IngressInfo):
        self._info = info
        self.refusals: list[str] = []
        self.live_since: float | None = None

    async def run(self) -> None:
        tags = flv.read(SILENT.path())
        while True:
            async with await RtmpPublisher.open(self._info.url) as publisher:
                await publisher.handshake()
                await publisher.connect(self._info.url)
                status = await publisher.publish(self._info.stream_key)
                if status.level == "error":
                    self.refusals.append(status.description)
                else:
                    self.live_since = time.monotonic()
                    await publisher.play(tags)
            self.live_since = None
            await asyncio.sleep(0.3)


async def test_two_ingresses_with_one_identity_do_not_throw_each_other_out_for_ever(
    stack: Stack, make_ingress: MakeIngress, watch: Watch, room: str, clips: None
):
    viewer = await watch()
    both = [Insistent(await make_ingress(name=name)) for name in ("one", "two")]
    running = [asyncio.create_task(encoder.run()) for encoder in both]
    try:

        def winner() -> Insistent | None:
            since = [encoder.live_since for encoder in both]
            alone = [a for a, b in (both, both[::-1]) if b.live_since is None and b.refusals]
            settled = alone and max(s for s in since if s) < time.monotonic() - 3
            return alone[0] if settled and alone[0].live_since else None

        first = await until(winner, 15, "one encoder that stays")
        second = next(encoder for encoder in both if encoder is not first)
        live_since, refusals = first.live_since, len(second.refusals)
        sid = (await viewer.participant("encoder")).sid
        for _ in range(10):
            await viewer.running_picture(count=30, timeout=5)
        assert first.live_since == live_since
        assert (await viewer.participant("encoder")).sid == sid
        assert second.live_since is None
        assert len(second.refusals) > refusals
        words = second.refusals[-1]
        assert f'the participant identity "encoder" is live in the room "{room}"' in words
        # Once the first is gone the second is welcome.
        running[both.index(first)].cancel()
        await until(lambda: second.live_since, 10, "the second encoder on air")
        await viewer.running_picture(count=15, timeout=20)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
