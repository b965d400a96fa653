"""A libwebrtc client that watches a room and notes what arrives when."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from livekit import rtc
from livekit.rtc._ffi_client import FfiClient
from livekit.rtc._proto.ffi_pb2 import FfiRequest
from livekit.rtc._proto.video_frame_pb2 import VideoStreamType

from devstack import until
from kit import stamp, tone
from kit.playout import PlayoutDelay

LOW = rtc.VideoQuality.VIDEO_QUALITY_LOW
MEDIUM = rtc.VideoQuality.VIDEO_QUALITY_MEDIUM
HIGH = rtc.VideoQuality.VIDEO_QUALITY_HIGH

_STATS_EVERY = 0.4  # seconds


@dataclass(frozen=True)
class SeenFrame:
    at: float  # monotonic seconds
    number: int | None  # None when the stamp could not be read
    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


class EveryFrame(rtc.VideoStream):
    """All frames that were decoded. The client's own stream keeps one frame for its reader, and
    drops those of a moment in which the process does not get to run."""

    def __init__(self, track: rtc.Track) -> None:
        super().__init__(track, format=rtc.VideoBufferType.I420)

    def _create_owned_stream(self) -> object:
        request = FfiRequest()
        stream = request.new_video_stream
        stream.track_handle = self._track._ffi_handle.handle
        stream.type = VideoStreamType.VIDEO_STREAM_NATIVE
        stream.format = self._format
        stream.normalize_stride = True
        stream.queue_size_frames = 0  # no limit, as an audio stream has none
        return FfiClient.instance.request(request).new_video_stream.stream


class Viewer:
    """Subscribes to everything. `frames` and `beeps` grow while the room is joined.

    `on_picture` may be set to get each frame with its luma plane, which is good for the call only.
    """

    def __init__(self) -> None:
        self.room = rtc.Room()
        self.frames: list[SeenFrame] = []
        self.video_delay = PlayoutDelay()
        self.audio_delay = PlayoutDelay()
        self.on_picture: Callable[[SeenFrame, np.ndarray], None] | None = None
        self._detector = tone.BeepDetector()
        self._readers: list[asyncio.Task] = []
        self.room.on("track_subscribed", self._on_track)

    @classmethod
    async def join(cls, url: str, token: str) -> "Viewer":
        viewer = cls()
        await viewer.room.connect(url, token, rtc.RoomOptions(auto_subscribe=True))
        return viewer

    async def leave(self) -> None:
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        await self.room.disconnect()

    @property
    def beeps(self) -> list[tone.Beep]:
        return self._detector.beeps

    @property
    def beep_lengths(self) -> list[float]:
        """How long each of the beeps was that are over, in seconds."""
        return self._detector.lengths

    def identities(self) -> set[str]:
        return {who.identity for who in self.room.remote_participants.values()}

    async def participant(self, identity: str, timeout: float = 20) -> rtc.RemoteParticipant:
        return await until(
            lambda: self.room.remote_participants.get(identity), timeout, f"{identity} in the room"
        )

    async def publication(
        self, identity: str, kind: "rtc.TrackKind.ValueType", timeout: float = 20
    ) -> rtc.RemoteTrackPublication:
        """The participant's track of this kind, once it is subscribed."""
        who = await self.participant(identity, timeout)

        def subscribed() -> rtc.RemoteTrackPublication | None:
            ours = (p for p in who.track_publications.values() if p.kind == kind and p.track)
            return next(ours, None)

        return await until(subscribed, timeout, f"a track of kind {kind} of {identity}")

    async def frames_where(
        self,
        condition: Callable[[SeenFrame], bool],
        count: int,
        timeout: float,
        what: str,
        since: int = 0,
    ) -> list[SeenFrame]:
        """The first `count` frames that meet `condition`, from frame index `since` on."""

        def matching() -> list[SeenFrame]:
            found = [frame for frame in self.frames[since:] if condition(frame)]
            return found[:count] if len(found) >= count else []

        return await until(matching, timeout, lambda: f"{count} frames {what}; {self.summary()}")

    async def running_picture(
        self, size: tuple[int, int] | None = None, count: int = 30, timeout: float = 30
    ) -> list[SeenFrame]:
        """`count` new stamped frames, of `size` if given."""
        what = f"of {size[0]}x{size[1]}" if size else "with a stamp"
        return await self.frames_where(
            lambda frame: frame.number is not None and size in (None, frame.size),
            count,
            timeout,
            what,
            since=len(self.frames),
        )

    def summary(self) -> str:
        """What arrived so far, for messages of failed tests."""
        sizes: dict[str, int] = {}
        for frame in self.frames:
            name = f"{frame.width}x{frame.height}"
            sizes[name] = sizes.get(name, 0) + 1
        last = [frame.number for frame in self.frames[-5:]]
        people = sorted(self.identities())
        return f"saw {sizes or 'no frames'}, last stamps {last}, {len(self.beeps)} beeps, {people}"

    # --- receiving -----------------------------------------------------------------------------

    def _on_track(self, track: rtc.Track, *_: object) -> None:
        video = track.kind == rtc.TrackKind.KIND_VIDEO
        watch = self._watch if video else self._listen
        delay = self.video_delay if video else self.audio_delay
        self._readers.append(asyncio.create_task(watch(track)))
        self._readers.append(asyncio.create_task(self._measure(track, delay)))

    async def _watch(self, track: rtc.Track) -> None:
        async with contextlib.aclosing(EveryFrame(track)) as stream:
            async for event in stream:
                frame = event.frame
                pixels = frame.width * frame.height
                luma = np.frombuffer(frame.data, np.uint8, pixels).reshape(frame.height, -1)
                seen = SeenFrame(time.monotonic(), stamp.read(luma), frame.width, frame.height)
                self.frames.append(seen)
                if self.on_picture:
                    self.on_picture(seen, luma)

    async def _listen(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=tone.SAMPLE_RATE, num_channels=1)
        async with contextlib.aclosing(stream):
            async for event in stream:
                block = np.frombuffer(event.frame.data, np.int16)
                self._detector.feed(block, ends_at=time.monotonic())

    async def _measure(self, track: rtc.Track, delay: PlayoutDelay) -> None:
        while True:
            await delay.sample(track, time.monotonic())
            await asyncio.sleep(_STATS_EVERY)
