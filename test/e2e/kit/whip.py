"""WHIP publishers: FFmpeg's muxer, and bare HTTP for what a well-behaved client does not send."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import imageio_ffmpeg
from livekit import api

from devstack import ManagedProcess
from kit.clips import Clip


class FfmpegWhip:
    """Sends `clip` again and again: H.264 as it is, the sound as Opus.

    Debian's FFmpeg knows no WHIP; this is the program that comes with imageio-ffmpeg. It waits for
    the server's ClientHello unless it is the DTLS client (`dtls_active`), answers no key-frame
    requests, and speaks STUN every five seconds.
    """

    def __init__(self, clip: Clip, info: api.IngressInfo, log: Path, *, dtls_active: bool = False):
        argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-loglevel", "info"]
        argv += ["-re", "-stream_loop", "-1", "-i", str(clip.path())]
        argv += ["-c:v", "copy", "-c:a", "libopus", "-b:a", "128k", "-ar", "48000", "-ac", "2"]
        argv += ["-f", "whip", "-authorization", info.stream_key]
        if dtls_active:
            argv += ["-whip_flags", "dtls_active"]
        self.process = ManagedProcess("ffmpeg-whip", [*argv, info.url], log)

    def start(self) -> None:
        self.process.start()

    async def stop(self) -> None:
        """Ends the stream in order: DELETE."""
        await self.process.stop(signal.SIGINT)

    async def kill(self) -> None:
        """Ends without a word, as a crash does."""
        await self.process.stop(signal.SIGKILL)


@dataclass(frozen=True)
class Answer:
    """What an endpoint has answered."""

    status: int
    headers: Mapping[str, str]  # whatever the case of their names
    body: str


async def ask(method: str, url: str, body: str = "", **headers: str) -> Answer:
    """One request; underscores in names of headers stand for hyphens."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, data=body or None, headers=sent) as response,
    ):
        return Answer(response.status, response.headers, await response.text())
