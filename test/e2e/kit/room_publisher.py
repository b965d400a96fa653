"""A libwebrtc publisher of stamped pictures and beeps: proves the harness without an ingress."""

import asyncio
import time

from livekit import rtc

from kit import tone
from kit.clips import Pictures, chroma

_AUDIO_BLOCK = tone.SAMPLE_RATE // 100  # 10 ms


class RoomPublisher:
    def __init__(self, width: int = 1280, height: int = 720, fps: int = 15):
        self.room = rtc.Room()
        self._width, self._height, self._fps = width, height, fps
        self._tasks: list[asyncio.Task] = []

    async def start(self, url: str, token: str) -> None:
        await self.room.connect(url, token)
        video = rtc.VideoSource(self._width, self._height)
        audio = rtc.AudioSource(tone.SAMPLE_RATE, 1, queue_size_ms=100)
        await self.room.local_participant.publish_track(
            rtc.LocalVideoTrack.create_video_track("pictures", video),
            rtc.TrackPublishOptions(
                source=rtc.TrackSource.SOURCE_CAMERA,
                video_codec=rtc.VideoCodec.H264,
                video_encoding=rtc.VideoEncoding(max_framerate=self._fps, max_bitrate=1_500_000),
                simulcast=True,
            ),
        )
        await self.room.local_participant.publish_track(
            rtc.LocalAudioTrack.create_audio_track("beeps", audio),
            rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE),
        )
        started = time.monotonic()
        self._tasks = [
            asyncio.create_task(self._show(video, started)),
            asyncio.create_task(beep(audio, started)),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.room.disconnect()

    async def _show(self, source: rtc.VideoSource, started: float) -> None:
        pictures = Pictures(self._width, self._height)
        colour = chroma(self._width, self._height)
        number = 0
        while True:
            picture = pictures.luma(number).tobytes() + colour
            kind = rtc.VideoBufferType.I420
            source.capture_frame(rtc.VideoFrame(self._width, self._height, kind, picture))
            # After a hold-up go on with the frame that is due now.
            number = max(number, int((time.monotonic() - started) * self._fps)) + 1
            await _reach(started + number / self._fps)


async def beep(source: rtc.AudioSource, started: float) -> None:
    """Plays what kit.tone makes, from monotonic second `started` on, until cancelled."""
    at = 0
    while True:
        block = tone.samples(at, _AUDIO_BLOCK).tobytes()
        await source.capture_frame(rtc.AudioFrame(block, tone.SAMPLE_RATE, 1, _AUDIO_BLOCK))
        at += _AUDIO_BLOCK
        await _reach(started + at / tone.SAMPLE_RATE)


async def _reach(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.monotonic()))
