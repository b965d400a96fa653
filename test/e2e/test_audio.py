"""Sound of every kind that encoders send, heard by a libwebrtc viewer."""

import asyncio
import contextlib
import statistics
from collections.abc import AsyncIterator, Callable

import pytest
from livekit import api

from conftest import MakeIngress, Watch
from devstack import Stack, until
from kit import flv, odd, sound
from kit.clips import SMALL, SOUND_ONLY
from kit.flv import Tag
from kit.measure import av_offsets_sent, median_ms
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog
from kit.tone import BEEP_SECONDS, PITCHES, Beep
from kit.viewer import Viewer

FPS = 30
SECONDS = 14  # of a clip that is sent
GAP = (8, 13)  # seconds


@contextlib.asynccontextmanager
async def playing(
    info: api.IngressInfo, tags: list[Tag], due: Callable[[float], float] = lambda media: media
) -> AsyncIterator[asyncio.Task]:
    """Sends `tags`; the task ends with the last of them, the stream with the block."""
    async with await RtmpPublisher.publishing(info.url, info.stream_key) as publisher:
        task = asyncio.create_task(publisher.play(tags, due))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def start_of(tags: list[Tag], seconds: float) -> list[Tag]:
    return [tag for tag in tags if tag.timestamp < seconds * 1000]


def follow_each_other(beeps: list[Beep]) -> bool:
    seconds = [beep.second for beep in beeps]
    return seconds == [(seconds[0] + i) % len(PITCHES) for i in range(len(seconds))]


async def wait_beeps(viewer: Viewer, count: int, timeout: float = 40) -> list[Beep]:
    """The viewer's first `count` beeps; the first of all may be cut, and is left out."""
    await until(lambda: len(viewer.beeps) > count, timeout, viewer.summary)
    return viewer.beeps[1 : count + 1]


async def wait_lips(viewer: Viewer, since: int = 0) -> None:
    """Waits until sound and picture agree; beeps before index `since` do not count."""

    def offsets() -> list[float]:
        return av_offsets_sent(viewer, FPS, beeps_since=since)

    def agree() -> bool:
        return len(offsets()) >= 3 and abs(median_ms(offsets()[-3:])) < 40

    await until(agree, 40, lambda: f"audio after video by {offsets()} s")


async def test_a_stream_of_sound_alone(make_ingress: MakeIngress, watch: Watch):
    info = await make_ingress()
    viewer = await watch()
    async with playing(info, start_of(flv.read(SOUND_ONLY.path()), SECONDS)):
        assert follow_each_other(await wait_beeps(viewer, 6))
    assert viewer.frames == []


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("-c:a", "libmp3lame", "-ar", "44100"), id="mp3"),
        pytest.param(("-c:a", "aac", "-ac", "6"), id="aac-5.1"),
        pytest.param(("-c:a", "pcm_alaw", "-ar", "8000", "-ac", "1"), id="g711"),
    ],
)
async def test_codecs_and_channels(
    options: tuple[str, ...], clips: None, make_ingress: MakeIngress, watch: Watch
):
    info = await make_ingress()
    viewer = await watch()
    tags = start_of(sound.encoded(SMALL, *options), 2 * SECONDS)
    async with playing(info, tags):
        assert follow_each_other(await wait_beeps(viewer, 6))
        await wait_lips(viewer)


@pytest.mark.parametrize(("fourcc", "encoder"), [(b"fLaC", "flac"), (b"ac-3", "ac3")])
async def test_codecs_of_enhanced_rtmp(
    fourcc: bytes, encoder: str, clips: None, make_ingress: MakeIngress, watch: Watch
):
    info = await make_ingress()
    viewer = await watch()
    tags = start_of(sound.as_enhanced(SMALL, fourcc, encoder), 2 * SECONDS)
    async with playing(info, tags):
        assert follow_each_other(await wait_beeps(viewer, 4))
        await wait_lips(viewer)


@pytest.mark.parametrize(("frames", "last"), [(10, False), (8, True)], ids=["of-first", "of-last"])
async def test_bunches_of_one_timestamp_come_whole(
    frames: int, last: bool, clips: None, make_ingress: MakeIngress, watch: Watch
):
    info = await make_ingress()
    viewer = await watch()
    tags = sound.bunched(start_of(flv.read(SMALL.path()), SECONDS), frames, last)
    async with await RtmpPublisher.publishing(info.url, info.stream_key) as publisher:
        await publisher.play_at(tags)
        await until(lambda: len(viewer.beep_lengths) >= 8, 5, viewer.summary)
    steady = viewer.beep_lengths[4:]
    # A receiver on a busy machine stretches or cuts some; bunches that overlap cut each.
    assert abs(statistics.median(steady) - BEEP_SECONDS) < 0.02, steady


async def test_odd_messages_leave_the_sound_going(
    stack: Stack, clips: None, make_ingress: MakeIngress, watch: Watch, states: StateLog
):
    info = await make_ingress()
    viewer = await watch()
    mark = stack.ingress.process.log_size()
    tags = list(odd.with_odd_audio(start_of(flv.read(SMALL.path()), SECONDS), start=3, every=0.4))
    async with playing(info, tags):
        assert follow_each_other(await wait_beeps(viewer, 9))
        metrics = await stack.ingress.metrics()
    assert "ERROR" not in states.statuses(info.ingress_id)
    assert 'reason="unusable_audio"' in metrics
    log = stack.ingress.process.log_text()[mark:]
    assert log.count("audio message not usable") == 1, "one warning for all that came at once"


async def test_sound_without_a_decoder_leaves_the_picture_alone(
    clips: None, make_ingress: MakeIngress, watch: Watch, states: StateLog
):
    info = await make_ingress()
    viewer = await watch()
    tags = [tag for tag in flv.read(SMALL.path()) if not (tag.kind == flv.AUDIO and tag.is_header)]
    tags = [
        flv.Tag(tag.kind, tag.timestamp, b"\x91zzzz" + tag.body[2:])
        if tag.kind == flv.AUDIO
        else tag
        for tag in tags
    ]

    def told() -> bool:
        known = states.states(info.ingress_id)
        return bool(known) and "zzzz" in known[-1].error

    async with playing(info, tags):
        await viewer.running_picture(count=60, timeout=40)
        await until(told, 20, "a warning in the state that names the codec")
        assert states.statuses(info.ingress_id)[-1] == "PUBLISHING"


async def test_opus_goes_through_as_it_is(
    clips: None, stack: Stack, make_ingress: MakeIngress, watch: Watch
):
    info = await make_ingress()
    viewer = await watch()
    async with playing(info, start_of(sound.as_opus(SMALL), 2 * SECONDS)):
        assert follow_each_other(await wait_beeps(viewer, 6))
        await wait_lips(viewer)
        log = stack.ingress.process
        await log.wait_log(rf"audio route.*{info.ingress_id}.*route=pass-through", 5)


async def test_opus_is_transcoded_where_mono_is_asked_for(
    clips: None, stack: Stack, make_ingress: MakeIngress, watch: Watch
):
    info = await make_ingress(
        audio=api.IngressAudioOptions(preset=api.IngressAudioEncodingPreset.OPUS_MONO_64KBS)
    )
    viewer = await watch()
    async with playing(info, start_of(sound.as_opus(SMALL), SECONDS)):
        assert follow_each_other(await wait_beeps(viewer, 5))
        log = stack.ingress.process
        await log.wait_log(rf"audio route.*{info.ingress_id}.*route=transcoded", 5)


async def test_sound_that_starts_late(clips: None, make_ingress: MakeIngress, watch: Watch):
    info = await make_ingress()
    viewer = await watch()
    tags = sound.only_where(flv.read(SMALL.path()), lambda second: second >= 3)
    async with playing(info, start_of(tags, 2 * SECONDS)):
        assert follow_each_other(await wait_beeps(viewer, 6))
        await wait_lips(viewer)


async def test_sound_that_pauses(clips: None, make_ingress: MakeIngress, watch: Watch):
    info = await make_ingress()
    viewer = await watch()
    tags = sound.only_where(flv.read(SMALL.path()), lambda second: not GAP[0] <= second < GAP[1])
    async with playing(info, start_of(tags, 35)):
        before = await until(
            lambda: [i for i, beep in enumerate(viewer.beeps) if beep.second == GAP[0] - 1],
            40,
            viewer.summary,
        )
        after = before[0] + 1
        await until(lambda: len(viewer.beeps) >= after + 5, 40, viewer.summary)
        returned = viewer.beeps[after:]
        assert returned[0].second == GAP[1] % len(PITCHES), "beeps were lost or doubled"
        assert follow_each_other(returned)
        await wait_lips(viewer, since=after)
