"""What livekit-server is told about a session, from its first moment to its last."""

import asyncio
import time

from livekit import api

from conftest import Live, MakeIngress, Publish, Watch
from devstack import Stack, until
from kit import flv
from kit.clips import SMALL
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog


async def test_a_session_buffers_publishes_and_ends_inactive(
    stack: Stack,
    states: StateLog,
    ingress: api.IngressInfo,
    publish: Publish,
    watch: Watch,
):
    viewer = await watch()
    publisher = publish(ingress, SMALL)
    await states.wait_status(ingress.ingress_id, "PUBLISHING", 40)
    await viewer.running_picture(count=5, timeout=30)
    # The sound of the state comes a moment after the first picture.
    live = await until(
        lambda: next(
            (
                state
                for state in reversed(states.states(ingress.ingress_id))
                if state.room_id and state.HasField("video") and state.HasField("audio")
            ),
            None,
        ),
        15,
        lambda: f"room, video and audio in the state; {states.summary(ingress.ingress_id)}",
    )
    assert live.room_id == await viewer.room.sid
    assert live.resource_id
    assert (live.video.mime_type, live.video.width, live.video.height) == ("video/H264", 640, 360)
    assert live.audio.mime_type == "audio/aac"
    assert (live.audio.channels, live.audio.sample_rate) == (2, 48000)

    await publisher.stop()
    last = await states.wait_status(ingress.ingress_id, "INACTIVE", 15)
    assert states.statuses(ingress.ingress_id)[-3:] == ["BUFFERING", "PUBLISHING", "INACTIVE"]
    assert last.error == ""
    assert last.ended_at >= last.started_at > 0
    assert last.resource_id == live.resource_id
    await until(lambda: "encoder" not in viewer.identities(), 10, "the encoder gone from the room")


async def test_an_encoder_that_dies_ends_the_session_in_order(live: Live, states: StateLog):
    await live.publisher.kill()
    await until(
        lambda: "encoder" not in live.viewer.identities(), 15, "the encoder gone from the room"
    )
    last = await states.wait_status(live.info.ingress_id, "INACTIVE", 15)
    assert last.error == ""


async def test_deleting_the_ingress_ends_session_and_encoder(live: Live, lk: api.LiveKitAPI):
    request = api.DeleteIngressRequest(ingress_id=live.info.ingress_id)
    deleted = await lk.ingress.delete_ingress(request)
    assert deleted.ingress_id == live.info.ingress_id
    await until(
        lambda: "encoder" not in live.viewer.identities(), 10, "the encoder gone from the room"
    )
    await live.publisher.process.wait(10)


async def test_deleting_at_any_moment_of_a_session_leaves_livekit_server_alone(
    stack: Stack, make_ingress: MakeIngress, lk: api.LiveKitAPI, states: StateLog, clips: None
):
    """It dies of a state that comes while it deletes, and waits for a session that it believes to
    run: both show in its log, or in how long the call takes."""
    logs = {log: log.log_size() for log in (stack.livekit.process, stack.ingress.process)}

    async def delete_after(pause: float, unpublish: bool) -> float:
        info = await make_ingress()
        async with await RtmpPublisher.publishing(info.url, info.stream_key) as publisher:
            playing = asyncio.create_task(publisher.play(flv.read(SMALL.path())))
            # Before livekit-server knows of the session there is a moment that nobody can close.
            session = states.session_statuses
            await until(lambda: session(info.ingress_id), 10, "a state of the session")
            await asyncio.sleep(pause)
            if unpublish:
                await publisher.unpublish()
                await asyncio.sleep(pause / 100)
            begun = time.monotonic()
            await lk.ingress.delete_ingress(api.DeleteIngressRequest(ingress_id=info.ingress_id))
            took = time.monotonic() - begun
            await publisher.wait_closed(10)
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        return took

    for pause in (0, 0.1, 0.3, 1):
        assert await delete_after(pause, unpublish=False) < 3
        assert await delete_after(pause, unpublish=True) < 3
    assert stack.livekit.process.running
    said = "".join(process.log_text(since) for process, since in logs.items())
    assert "could not stop active ingress" not in said
    assert "its state is no longer kept" not in said, "a state came after the delete"


async def test_removing_the_participant_ends_the_session_as_an_error(
    live: Live, lk: api.LiveKitAPI, states: StateLog, room: str
):
    await lk.room.remove_participant(api.RoomParticipantIdentity(room=room, identity="encoder"))
    last = await states.wait_status(live.info.ingress_id, "ERROR", 15)
    assert "removed" in last.error.lower()
    await live.publisher.process.wait(10)


async def test_deleting_the_room_ends_the_session_as_an_error(
    live: Live, lk: api.LiveKitAPI, states: StateLog, room: str
):
    await lk.room.delete_room(api.DeleteRoomRequest(room=room))
    last = await states.wait_status(live.info.ingress_id, "ERROR", 15)
    assert "room" in last.error.lower()
    await live.publisher.process.wait(10)


async def test_a_second_encoder_takes_over_the_key(live: Live, publish: Publish, states: StateLog):
    seen = len(live.viewer.frames)
    publish(live.info)
    await live.publisher.process.wait(20)
    await live.viewer.frames_where(
        lambda frame: frame.number is not None and frame.number < 60,
        5,
        40,
        "of the second encoder's beginning",
        since=seen,
    )
    await states.wait_status(live.info.ingress_id, "PUBLISHING", 15)
