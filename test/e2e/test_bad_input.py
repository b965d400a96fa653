"""Encoders that do it wrong: a cause in the log, a word to the encoder, the service unharmed."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable

import pytest
from livekit import api

from conftest import MakeIngress, Publish, Watch
from devstack import Stack, until
from kit import flv
from kit.clips import SILENT, SMALL, SOUND_ONLY, Clip
from kit.rtmp import HANDSHAKE_BYTES, RtmpPublisher
from kit.state_log import StateLog

GARBAGE = {
    "random-bytes": random.Random(1).randbytes(4096),
    "http-request": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "tls-hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "handshake-then-noise": b"\x03" + bytes(HANDSHAKE_BYTES * 2) + b"\xff" * 8192,
}


async def short_publish(info: api.IngressInfo) -> str:
    """Publishes nothing for a moment, in order; returns the server's answer."""
    async with await RtmpPublisher.open(info.url) as publisher:
        await publisher.handshake()
        await publisher.connect(info.url)
        status = await publisher.publish(info.stream_key)
        await publisher.unpublish()
        return status.code


@pytest.fixture(autouse=True)
async def service_unharmed(stack: Stack, make_ingress: MakeIngress) -> AsyncIterator[None]:
    """After each of these tests the same process still takes a good stream."""
    pid = stack.ingress.process.pid
    yield
    assert stack.ingress.process.running
    assert stack.ingress.process.pid == pid
    assert await stack.ingress.healthy()
    assert await short_publish(await make_ingress()) == "NetStream.Publish.Start"


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
async def test_garbage_is_cut_off_and_logged(stack: Stack, ingress: api.IngressInfo, data: bytes):
    log = stack.ingress.process
    mark = log.log_size()
    async with await RtmpPublisher.open(ingress.url) as publisher:
        await publisher.send_raw(data)
        await publisher.wait_hangup(20)
    await log.wait_log(r"(handshake|rtmp|chunk|connection)", 10, since=mark)


async def test_half_a_handshake_is_given_up(stack: Stack, ingress: api.IngressInfo):
    log = stack.ingress.process
    mark = log.log_size()

    async def stop_after(sent: int) -> None:
        async with await RtmpPublisher.open(ingress.url) as publisher:
            await publisher.send_raw((b"\x03" + bytes(HANDSHAKE_BYTES))[:sent])
            await publisher.wait_hangup(30)

    await asyncio.gather(*(stop_after(sent) for sent in (0, 1, 700, 1 + HANDSHAKE_BYTES)))
    await log.wait_log(r"handshake", 10, since=mark)


async def test_a_hundred_silent_connections_do_not_keep_others_out(
    stack: Stack, ingress: api.IngressInfo
):
    silent = [await RtmpPublisher.open(ingress.url) for _ in range(100)]
    try:
        assert await short_publish(ingress) == "NetStream.Publish.Start"
    finally:
        await asyncio.gather(*(one.__aexit__() for one in silent))


@pytest.mark.parametrize("key", ["", "no-such-key", "x" * 3000], ids=["none", "wrong", "long"])
async def test_a_publish_without_a_valid_key_is_refused_with_a_cause(
    stack: Stack, lk: api.LiveKitAPI, ingress: api.IngressInfo, key: str, room: str
):
    mark = stack.ingress.process.log_size()
    async with await RtmpPublisher.open(ingress.url) as publisher:
        await publisher.handshake()
        await publisher.connect(ingress.url)
        status = await publisher.publish(key)
        assert status.level == "error"
        assert status.code.startswith("NetStream.")
        assert "key" in status.description.lower()
        await publisher.wait_closed(10)
    await stack.ingress.process.wait_log(r"key", 5, since=mark)
    assert "no-such-key" not in stack.ingress.process.log_text(mark)
    rooms = await lk.room.list_rooms(api.ListRoomsRequest(names=[room]))
    assert not rooms.rooms, "a refused publish must not show in the room"


async def test_ffmpeg_is_told_why_its_key_is_refused(
    stack: Stack, ingress: api.IngressInfo, publish: Publish
):
    wrong = api.IngressInfo(url=ingress.url, stream_key="no-such-key")
    publisher = publish(wrong, SMALL)
    assert await publisher.process.wait(20) != 0
    assert "key" in publisher.process.log_text().split("Server error:")[-1].lower()


async def test_a_disabled_ingress_refuses_and_says_so(
    lk: api.LiveKitAPI, ingress: api.IngressInfo, states: StateLog
):
    await lk.ingress.update_ingress(
        api.UpdateIngressRequest(ingress_id=ingress.ingress_id, enabled=False)
    )
    async with await RtmpPublisher.open(ingress.url) as publisher:
        await publisher.handshake()
        await publisher.connect(ingress.url)
        status = await publisher.publish(ingress.stream_key)
        assert status.level == "error"
        assert "disabled" in status.description.lower()
    last = await states.wait_status(ingress.ingress_id, "ERROR", 10)
    assert "disabled" in last.error.lower()
    await lk.ingress.update_ingress(
        api.UpdateIngressRequest(ingress_id=ingress.ingress_id, enabled=True)
    )


async def test_a_stream_without_video_brings_its_sound(
    ingress: api.IngressInfo, publish: Publish, watch: Watch, states: StateLog
):
    viewer = await watch()
    publish(ingress, SOUND_ONLY)
    await states.wait_status(ingress.ingress_id, "PUBLISHING", 40)
    await until(lambda: len(viewer.beeps) >= 3, 30, viewer.summary)
    who = await viewer.participant("encoder")
    assert len(who.track_publications) == 1


async def test_a_stream_without_audio_brings_its_picture(
    ingress: api.IngressInfo, publish: Publish, watch: Watch, states: StateLog
):
    viewer = await watch()
    publish(ingress, SILENT)
    await states.wait_status(ingress.ingress_id, "PUBLISHING", 40)
    await viewer.running_picture(count=30, timeout=40)
    who = await viewer.participant("encoder")
    assert len(who.track_publications) == 1


SPOILED: dict[str, tuple[Clip, Callable[[list[flv.Tag]], list[flv.Tag]]]] = {
    "without-headers": (SMALL, flv.without_headers),
    "corrupt-sps": (SILENT, flv.with_corrupt_sps),
}


@pytest.mark.parametrize(("clip", "spoil"), SPOILED.values(), ids=SPOILED.keys())
async def test_a_spoiled_stream_is_an_error_with_words(
    stack: Stack,
    ingress: api.IngressInfo,
    states: StateLog,
    clip: Clip,
    spoil: Callable[[list[flv.Tag]], list[flv.Tag]],
):
    mark = stack.ingress.process.log_size()
    async with await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher:
        playing = asyncio.create_task(publisher.play(spoil(flv.read(clip.path()))))
        last = await states.wait_status(ingress.ingress_id, "ERROR", 40)
        await publisher.wait_closed(10)
        await playing
        assert publisher.statuses[-1].level == "error", "the encoder was told nothing"
        assert publisher.statuses[-1].description
    assert len(last.error.split()) >= 4, f"too few words for a cause: {last.error!r}"
    await stack.ingress.process.wait_log(r"header|sps|parameter set|corrupt", 5, since=mark)
