"""The tools of this folder judge the ingress; here they are judged themselves, without it."""

from pathlib import Path

import numpy as np
import pytest
from livekit import rtc
from PIL import Image

from conftest import Watch
from devstack import ManagedProcess, Stack, until
from kit import amf, flv, stamp, tone
from kit.clips import Clip, Pictures
from kit.measure import av_offsets_sent, median_ms, numbers, out_of_order
from kit.room_publisher import RoomPublisher
from kit.viewer import LOW
from kit.watched_logs import WatchedLogs

FPS = 15


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (320, 180)])
def test_a_stamp_is_read_after_scaling(size: tuple[int, int]):
    pictures = Pictures(1280, 720)
    for number in (0, 1, 255, 4096, 65535):
        scaled = Image.fromarray(pictures.luma(number)).resize(size)
        assert stamp.read(np.asarray(scaled)) == number


def test_a_picture_without_stamp_reads_as_none():
    rng = np.random.default_rng(7)
    noise = rng.integers(0, 255, (20, 180, 320), dtype=np.uint8)
    assert [stamp.read(picture) for picture in noise] == [None] * 20
    assert stamp.read(np.full((180, 320), 128, np.uint8)) is None


def test_beeps_are_found_with_their_second():
    detector = tone.BeepDetector()
    signal = tone.samples(tone.SAMPLE_RATE // 2, 10 * tone.SAMPLE_RATE)
    for at in range(0, len(signal), 480):
        detector.feed(signal[at : at + 480], ends_at=(at + 480) / tone.SAMPLE_RATE)
    assert [beep.second for beep in detector.beeps] == [s % 8 for s in range(1, 11)]
    onsets = [beep.at for beep in detector.beeps]
    assert onsets == pytest.approx([s + 0.5 for s in range(10)], abs=0.005)


def test_amf_values_survive_a_round_trip():
    values = ["onStatus", 0.0, None, {"level": "error", "nested": {"yes": True}}]
    assert amf.decode(amf.encode(*values)) == values


def test_a_clip_has_headers_key_frames_and_both_kinds():
    tags = flv.read(Clip(width=320, height=180, seconds=2, kbps=200).path())
    assert [tag.kind for tag in tags if tag.is_header] in ([9, 8], [8, 9])
    assert sum(tag.is_key_frame for tag in tags) == 1
    assert sum(tag.kind == flv.VIDEO and not tag.is_header for tag in tags) >= 60


async def test_a_server_that_falls_between_two_tests_is_known_by_its_last_words(tmp_path: Path):
    words = "panic: nil pointer in UpdateIngressState"
    server = ManagedProcess("redis", ["sh", "-c", f"echo '{words}'; exit 2"], tmp_path / "log")
    logs = WatchedLogs()
    logs.watch(server)
    logs.mark()  # a test
    server.start()
    await until(lambda: server.fell, 10, "its end")
    logs.mark()  # the next one
    assert logs.all_fell_in("UpdateIngressState", "redis")
    assert words in logs.fallen("redis")[0]
    assert not logs.all_fell_in("OtherFunction", "redis")
    logs.forget_fallen()
    assert logs.fallen("redis") == []


async def test_stamps_and_beeps_survive_libwebrtc(servers: Stack, room: str, watch: Watch):
    viewer = await watch()
    publisher = RoomPublisher(fps=FPS)
    token = servers.livekit.viewer_token(room, "publisher", publish=True)
    try:
        await publisher.start(servers.livekit.ws_url, token)
        await viewer.running_picture((1280, 720), count=4 * FPS, timeout=60)
        await until(lambda: len(viewer.beeps) >= 4, 20, viewer.summary)

        assert len(numbers(viewer.frames)) >= 0.95 * len(viewer.frames)
        assert out_of_order(viewer.frames) == []
        offsets = av_offsets_sent(viewer, FPS)
        assert len(offsets) >= 3
        assert abs(median_ms(offsets)) < 1000  # this publisher promises nothing better

        pictures = await viewer.publication("publisher", rtc.TrackKind.KIND_VIDEO)
        pictures.set_video_quality(LOW)
        await viewer.running_picture((320, 180), count=FPS, timeout=30)
    finally:
        await publisher.stop()
    await until(lambda: "publisher" not in viewer.identities(), 10, "the publisher gone")
