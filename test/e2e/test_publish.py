"""An encoder publishes; a libwebrtc viewer in the room judges what arrives."""

from livekit import api, rtc

from conftest import Live, MakeIngress, Publish, Watch
from devstack import until
from kit.clips import SMALL, WITH_B_FRAMES
from kit.measure import av_offsets_sent, median_ms, numbers, out_of_order
from kit.tone import PITCHES

FPS = 30


async def test_picture_and_tone_arrive_together(
    ingress: api.IngressInfo, publish: Publish, watch: Watch
):
    viewer = await watch()
    publish(ingress, SMALL)  # so that a small machine keeps up with all that runs on it
    await viewer.running_picture(count=5, timeout=40)
    await until(lambda: len(viewer.beeps) >= 10, 60, viewer.summary)

    assert out_of_order(viewer.frames) == []
    # The first beep may be cut by the start of the stream; each other is the next one's neighbour.
    seconds = [beep.second for beep in viewer.beeps[1:]]
    assert -1 not in seconds
    expected = [(seconds[0] + i) % len(PITCHES) for i in range(len(seconds))]
    assert seconds == expected, "a beep is missing, doubled or out of tune"

    def offsets() -> list[float]:
        return av_offsets_sent(viewer, FPS)

    def agree() -> bool:
        return len(offsets()) >= 8 and abs(median_ms(offsets()[-8:])) < 40

    await until(agree, 60, lambda: f"audio after video by {offsets()} s")


async def test_the_participant_is_what_the_ingress_says(live: Live):
    who = await live.viewer.participant("encoder")
    assert who.name == "The Encoder"
    assert who.kind == rtc.ParticipantKind.PARTICIPANT_KIND_INGRESS
    assert who.attributes.get("ingress.ingressID") == live.info.ingress_id

    video = await live.viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    audio = await live.viewer.publication("encoder", rtc.TrackKind.KIND_AUDIO)
    assert video.simulcasted
    assert (video.width, video.height) == (1280, 720)
    assert video.source == rtc.TrackSource.SOURCE_CAMERA
    assert audio.source == rtc.TrackSource.SOURCE_MICROPHONE


async def test_track_names_and_sources_are_those_asked_for(
    make_ingress: MakeIngress, publish: Publish, watch: Watch
):
    info = await make_ingress(
        video=api.IngressVideoOptions(name="stage", source=api.TrackSource.SCREEN_SHARE),
        audio=api.IngressAudioOptions(name="desk", source=api.TrackSource.SCREEN_SHARE_AUDIO),
    )
    viewer = await watch()
    publish(info, SMALL)
    video = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO, timeout=40)
    audio = await viewer.publication("encoder", rtc.TrackKind.KIND_AUDIO)
    assert (video.name, video.source) == ("stage", rtc.TrackSource.SOURCE_SCREENSHARE)
    assert (audio.name, audio.source) == ("desk", rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO)


async def test_a_stream_with_b_frames_plays_in_order(
    ingress: api.IngressInfo, publish: Publish, watch: Watch
):
    viewer = await watch()
    publish(ingress, WITH_B_FRAMES)
    await viewer.running_picture(count=5, timeout=40)
    frames = await viewer.running_picture(count=5 * FPS)
    assert out_of_order(frames) == []
    places_in_group = {number % 3 for number in numbers(frames)}
    assert places_in_group == {0, 1, 2}, "some B pictures never show"


async def test_a_second_stream_runs_beside_the_first(
    make_ingress: MakeIngress, publish: Publish, watch: Watch, room: str
):
    other_room = f"{room}-two"
    first = await make_ingress()
    second = await make_ingress(room_name=other_room, participant_identity="encoder-2")
    viewer, other_viewer = await watch(), await watch(room_name=other_room)
    publish(first, SMALL)
    publish(second, SMALL)
    for each in (viewer, other_viewer):
        await each.running_picture(count=2 * FPS, timeout=60)
        assert out_of_order(each.frames) == []
    assert viewer.identities() == {"encoder"}
    assert other_viewer.identities() == {"encoder-2"}


async def test_the_same_key_works_again_after_the_stream_ended(
    ingress: api.IngressInfo, publish: Publish, watch: Watch
):
    viewer = await watch()
    for _ in range(2):
        publisher = publish(ingress, SMALL)
        await viewer.running_picture(count=10, timeout=40)
        await publisher.stop()
        await until(
            lambda: "encoder" not in viewer.identities(), 15, "the encoder gone from the room"
        )
