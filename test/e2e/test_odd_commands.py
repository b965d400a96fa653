"""What encoders ask for beside their stream, what they say too long or too slowly."""

import asyncio
import contextlib
import struct

import pytest
from livekit import api

from conftest import Watch
from devstack import Stack
from kit import flv
from kit.clips import SMALL
from kit.measure import out_of_order
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog

USER_CONTROL, VIDEO, UNKNOWN_TYPE = 4, 9, 10
PING_REQUEST = struct.pack(">HI", 6, 1)


async def ask_for_everything(publisher: RtmpPublisher, key: str) -> None:
    """All that must not touch the stream that runs on message stream 1."""
    for _ in range(1200):  # more than a thousand in a moment
        await publisher.send_message(5, UNKNOWN_TYPE, 1, 0, bytes(20))
    for transaction in range(10, 30):
        await publisher.command("createStream", transaction, None)
    await publisher.command("releaseStream", 30, None, key)
    await publisher.command("FCPublish", 31, None, key)
    for name, stream in ((key, 3), ("another-key", 3), (key, 1), ("another-key", 1)):
        await publisher.command("publish", 0, None, name, "live", stream=stream)
    await publisher.command("play", 0, None, key, stream=3)
    await publisher.command("connect", 32, {"app": "elsewhere"})
    await publisher.command("FCUnpublish", 0, None, "another-key")
    await publisher.command("closeStream", 0, None, stream=3)
    await publisher.command("deleteStream", 0, None, 3)
    await publisher.command("deleteStream", 0, None, 77)


async def test_what_is_asked_beside_a_stream_is_refused_and_does_not_touch_it(
    stack: Stack, ingress: api.IngressInfo, watch: Watch, states: StateLog
):
    viewer = await watch()
    mark = stack.ingress.process.log_size()
    async with await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher:
        playing = asyncio.create_task(publisher.play(flv.read(SMALL.path())))
        await viewer.running_picture(count=30, timeout=40)
        sid = (await viewer.participant("encoder")).sid
        since = len(viewer.frames)
        await ask_for_everything(publisher, ingress.stream_key)
        frames = await viewer.running_picture(count=60, timeout=30)
        assert out_of_order(viewer.frames[since:]) == []
        assert frames[-1].number - frames[0].number < 70
        assert (await viewer.participant("encoder")).sid == sid
        assert not publisher.closed.is_set()
        refused = [status.code for status in publisher.statuses[1:]]
        assert refused == ["NetStream.Publish.BadName"] * 4 + ["NetStream.Play.Failed"]
        assert [error.code for error in publisher.errors] == ["NetConnection.Connect.Rejected"]
        playing.cancel()
        await publisher.unpublish()
        await states.wait_status(ingress.ingress_id, "INACTIVE", 20)
    assert states.session_statuses(ingress.ingress_id) == ["BUFFERING", "PUBLISHING", "INACTIVE"]
    log = stack.ingress.process.log_text(mark)
    assert log.count("does something odd") == 1, "told once, however much there is"
    assert ingress.stream_key not in log


async def test_a_connection_publishes_again_after_it_unpublished(
    ingress: api.IngressInfo, watch: Watch
):
    viewer = await watch()
    async with await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher:
        for _ in range(2):
            publisher.statuses.clear()
            playing = asyncio.create_task(publisher.play(flv.read(SMALL.path())))
            await viewer.running_picture(count=10, timeout=40)
            playing.cancel()
            await publisher.command("FCUnpublish", 0, None, ingress.stream_key)
            assert (await publisher.publish(ingress.stream_key)).code == "NetStream.Publish.Start"
        await publisher.unpublish()


async def test_endless_names_are_refused_in_words(ingress: api.IngressInfo):
    endless = "k" * 65000
    async with await RtmpPublisher.open(ingress.url) as publisher:
        await publisher.handshake()
        await publisher.connect(ingress.url)
        status = await publisher.publish(endless)
        assert (status.level, status.code) == ("error", "NetStream.Publish.BadName")
        assert "stream key is too long: 65000 bytes" in status.description
        await publisher.wait_closed(5)
    async with await RtmpPublisher.open(ingress.url) as publisher:
        await publisher.handshake()
        with pytest.raises(AssertionError, match="hung up"):
            await publisher.connect(ingress.url + endless)
        assert [error.code for error in publisher.errors] == ["NetConnection.Connect.Rejected"]
        assert "too long" in publisher.errors[0].description


async def test_an_encoder_that_sends_no_more_media_is_given_up(
    stack: Stack, ingress: api.IngressInfo, states: StateLog
):
    tags = flv.read(SMALL.path())
    cut_off = bytes([6, 0, 0, 0, 0, 0, 100, VIDEO]) + struct.pack("<I", 1) + b"\x27" * 100
    async with await RtmpPublisher.publishing(ingress.url, ingress.stream_key) as publisher:
        await publisher.play(tag for tag in tags if tag.timestamp < 3000)
        await states.wait_status(ingress.ingress_id, "PUBLISHING", 20)
        await publisher.send_message(2, USER_CONTROL, 0, 0, PING_REQUEST)
        for tag in tags[:5]:
            if tag.is_header or tag.kind == flv.SCRIPT:
                await publisher.send_tag(tag)
        for byte in cut_off[:45]:  # until it is told
            await publisher.send_raw(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(publisher.closed.wait(), 1)
            if publisher.closed.is_set():
                break
        assert publisher.closed.is_set()
        assert "no audio or video for 30 s" in publisher.statuses[-1].description
    last = await states.wait_status(ingress.ingress_id, "ERROR", 20)
    assert "no audio or video for 30 s" in last.error
    log = stack.ingress.process
    await log.wait_log(rf"session ended .*{ingress.ingress_id}", 20)
