"""What a measurement is given: the servers, one side's ingress, and the options of the command."""

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from livekit import api, rtc

from devstack import Stack
from kit.viewer import HIGH, LOW, MEDIUM, Viewer

QUALITIES = {"high": HIGH, "medium": MEDIUM, "low": LOW}


@dataclass(frozen=True)
class Options:
    seconds: float = 20  # of a session; some scenarios need more and take it
    footage: Path | None = None  # what is filmed; None: a made picture
    ppm: float = 200  # by how much a drifting encoder's clock is wrong
    minutes: float = 3  # of a drifting session
    starts: int = 20
    logs: Path | None = None  # where the servers' logs are kept


class Refused(RuntimeError):
    """The ingress did not take the stream; the text is what it told the encoder."""


@dataclass(frozen=True)
class Bed:
    side: str
    stack: Stack
    lk: api.LiveKitAPI
    options: Options
    busy_before: float  # share of the machine that others used just before, 0 to 1

    def given_up(self) -> list[str]:
        """What our ingress gave up for want of processor time, as its log tells."""
        log = self.stack.ingress.process.log_text()
        found = (value.strip('"') for value in re.findall(r'givenUp=("[^"]*"|\S+)', log))
        return [value for value in found if value != "nothing"]

    @contextlib.asynccontextmanager
    async def ingress(self, room: str, preset: int) -> AsyncIterator[api.IngressInfo]:
        request = api.CreateIngressRequest(
            input_type=api.IngressInput.RTMP_INPUT,
            name=room,
            room_name=room,
            participant_identity="encoder",
            video=api.IngressVideoOptions(preset=preset),
        )
        info = await self.lk.ingress.create_ingress(request)
        try:
            yield info
        finally:
            await self.lk.ingress.delete_ingress(
                api.DeleteIngressRequest(ingress_id=info.ingress_id)
            )

    @contextlib.asynccontextmanager
    async def viewer(
        self, room: str, quality: str = "high", identity: str = "viewer", may_publish: bool = False
    ) -> AsyncIterator[Viewer]:
        """A viewer who decodes, and asks for `quality` of what is simulcast.

        `may_publish`: has a token that would allow it.
        """
        token = self.stack.livekit.viewer_token(room, identity, publish=may_publish)
        viewer = await Viewer.join(self.stack.livekit.ws_url, token)

        def choose(publication: rtc.RemoteTrackPublication, *_: object) -> None:
            chooses = quality != "high"  # which is what viewers get who say nothing
            if chooses and publication.kind == rtc.TrackKind.KIND_VIDEO and publication.simulcasted:
                publication.set_video_quality(QUALITIES[quality])

        viewer.room.on("track_published", choose)
        try:
            yield viewer
        finally:
            await viewer.leave()
