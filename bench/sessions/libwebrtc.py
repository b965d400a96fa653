"""The same coded pictures, and beeps beside them, by way of libwebrtc's own publisher: the delay to
be better than."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import ClassVar

from livekit import rtc

from kit import flv, tone
from kit.clips import FULL, Clip
from kit.room_publisher import beep
from sessions import measures
from sessions.bed import Bed, Options
from sessions.measurement import Measurement
from sessions.source import Act, Source, written_in

_QUEUE_MS = 20  # of sound that waits to be encoded: as little as plays without gaps
_START_CODE = b"\x00\x00\x00\x01"


@dataclass(frozen=True)
class AccessUnit:
    media: float  # seconds
    number: int
    key: bool
    data: bytes  # Annex B


@dataclass(frozen=True)
class LibwebrtcPass(Measurement):
    """Sound makes a difference: receivers let pictures wait for it."""

    clip: Clip = FULL
    sound: bool = True
    without_ingress: ClassVar[bool] = True

    def prepare(self, options: Options) -> None:
        self.clip.path()

    async def run(self, bed: Bed) -> dict:
        room = f"libwebrtc-{time.monotonic_ns()}"
        source = Source([Act(self.clip, bed.options.seconds)])
        async with bed.viewer(room) as viewer, _published(bed, room, self) as published:
            source.connected_at = time.monotonic()
            async with _beeping(published.sound, source.connected_at):
                asked = await _send(source, published.pictures, self.clip)
            await asyncio.sleep(1)
            result = measures.watched(source, viewer)
        return result | {"side": "libwebrtc", "key_frames_asked_in_vain": asked}


@dataclass(frozen=True)
class Published:
    pictures: rtc.EncodedVideoSource
    sound: rtc.AudioSource | None


@contextlib.asynccontextmanager
async def _published(bed: Bed, room: str, of: LibwebrtcPass) -> AsyncIterator[Published]:
    clip = of.clip
    participant = rtc.Room()
    token = bed.stack.livekit.viewer_token(room, "encoder", publish=True)
    await participant.connect(bed.stack.livekit.ws_url, token)
    source = rtc.EncodedVideoSource(clip.width, clip.height)
    beeps = rtc.AudioSource(tone.SAMPLE_RATE, 1, queue_size_ms=_QUEUE_MS) if of.sound else None
    try:
        if beeps:
            await participant.local_participant.publish_track(
                rtc.LocalAudioTrack.create_audio_track("beeps", beeps),
                rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE),
            )
        await participant.local_participant.publish_track(
            rtc.LocalVideoTrack.create_video_track("pictures", source),
            rtc.TrackPublishOptions(
                source=rtc.TrackSource.SOURCE_CAMERA,
                video_codec=rtc.VideoCodec.H264,
                video_encoder=rtc.VideoEncoderBackend.ENCODER_BACKEND_PRE_ENCODED,
                video_encoding=rtc.VideoEncoding(
                    max_framerate=clip.fps, max_bitrate=2 * clip.kbps * 1000
                ),
                simulcast=False,
            ),
        )
        yield Published(source, beeps)
    finally:
        await participant.disconnect()
        await source.aclose()
        if beeps:
            await beeps.aclose()


@contextlib.asynccontextmanager
async def _beeping(sound: rtc.AudioSource | None, started: float) -> AsyncIterator[None]:
    task = asyncio.create_task(beep(sound, started)) if sound else None
    try:
        yield
    finally:
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _send(source: Source, track: rtc.EncodedVideoSource, clip: Clip) -> int:
    """Returns how often a key frame was asked for: a file has none but its own."""
    asked, started = 0, time.monotonic()
    for unit in _access_units(source.acts):
        await asyncio.sleep(max(0, started + unit.media - time.monotonic()))
        source.sent.setdefault(unit.number, []).append(time.monotonic())
        kinds = rtc.EncodedFrameType
        track.capture_frame(
            rtc.EncodedVideoFrame(
                data=unit.data,
                width=clip.width,
                height=clip.height,
                codec=rtc.VideoCodec.H264,
                frame_type=(kinds.ENCODED_FRAME_KEY if unit.key else kinds.ENCODED_FRAME_DELTA),
                timestamp_us=round(unit.media * 1e6),
            )
        )
        asked += track.take_feedback().keyframe_requested
    return asked


def _access_units(acts: list[Act]) -> Iterator[AccessUnit]:
    parameter_sets = b""
    for written in written_in(acts):
        tag = written.tag
        if tag.kind == flv.VIDEO and tag.is_header:
            parameter_sets = _parameter_sets(tag.body[5:])
        elif written.number is not None:
            data = _annex_b(tag.body[5:])
            if tag.is_key_frame:
                data = parameter_sets + data
            yield AccessUnit(tag.timestamp / 1000, written.number, tag.is_key_frame, data)


def _annex_b(sample: bytes) -> bytes:
    """Start codes in the place of the four-byte lengths that FFmpeg writes."""
    units, at = [], 0
    while at + 4 <= len(sample):
        size = int.from_bytes(sample[at : at + 4], "big")
        units.append(_START_CODE + sample[at + 4 : at + 4 + size])
        at += 4 + size
    return b"".join(units)


def _parameter_sets(record: bytes) -> bytes:
    """SPS and PPS of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1.2)."""
    sets, at = b"", 5
    for mask in (0x1F, 0xFF):
        count = record[at] & mask
        at += 1
        for _ in range(count):
            size = int.from_bytes(record[at : at + 2], "big")
            sets += _START_CODE + record[at + 2 : at + 2 + size]
            at += 2 + size
    return sets
