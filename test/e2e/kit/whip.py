"""WHIP publishers: FFmpeg's muxer, and bare HTTP for what a well-behaved client does not send."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import imageio_ffmpeg
from livekit import api

from devstack import ManagedProcess
from devstack.paths import E2E_NODE
from kit.clips import Clip
from kit.ffmpeg import FfmpegProcess


class FfmpegWhip(FfmpegProcess):
    """Sends `clip` again and again: H.264 as it is, the sound as Opus.

    Debian's FFmpeg knows no WHIP; this is the program that comes with imageio-ffmpeg. It waits for
    the server's ClientHello unless it is the DTLS client (`dtls_active`), answers no key-frame
    requests, and speaks STUN every five seconds. Its end in order is a DELETE. Of HTTPS it believes
    the certificate `believes`, and those of the system where that is not given.
    """

    def __init__(
        self,
        clip: Clip,
        info: api.IngressInfo,
        log: Path,
        *,
        dtls_active: bool = False,
        believes: Path | None = None,
    ):
        argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-loglevel", "info"]
        argv += ["-re", "-stream_loop", "-1", "-i", str(clip.path())]
        argv += ["-c:v", "copy", "-c:a", "libopus", "-b:a", "128k", "-ar", "48000", "-ac", "2"]
        argv += ["-f", "whip", "-authorization", info.stream_key]
        if dtls_active:
            argv += ["-whip_flags", "dtls_active"]
        env = {"SSL_CERT_FILE": str(believes)} if believes else {}
        super().__init__("ffmpeg-whip", [*argv, info.url], log, env)


class ObsWhip:
    """Publishes as OBS does, by libdatachannel: no candidates, deaf to requests for key frames.

    FFmpeg sends `clip` to it as RTP, H.264 as it is and the sound as Opus, from `ports`.
    """

    def __init__(self, clip: Clip, info: api.IngressInfo, folder: Path, ports: tuple[int, int]):
        video, audio = ports
        script = str(Path(__file__).with_name("whip_obs.mjs"))
        argv = [str(E2E_NODE / "node"), script, info.url, info.stream_key]
        argv += [str(video), str(audio), str(E2E_NODE)]
        self.process = ManagedProcess("obs", argv, folder / "obs.log")
        source = ["ffmpeg", "-hide_banner", "-nostats", "-re", "-stream_loop", "-1"]
        source += ["-i", str(clip.path()), "-map", "0:v", "-c:v", "copy"]
        source += ["-bsf:v", "h264_mp4toannexb", "-f", "rtp", "-payload_type", "96"]
        source += ["-ssrc", "1002", f"rtp://127.0.0.1:{video}?pkt_size=1200"]
        source += ["-map", "0:a", "-c:a", "libopus", "-ar", "48000", "-ac", "2", "-f", "rtp"]
        source += ["-payload_type", "111", "-ssrc", "1001"]
        source += [f"rtp://127.0.0.1:{audio}?pkt_size=1200"]
        self.source = ManagedProcess("obs-source", source, folder / "obs-source.log")

    def start(self) -> None:
        self.process.start()
        self.source.start()

    async def stop(self) -> None:
        """Ends the stream in order: DELETE."""
        await self.process.stop(signal.SIGTERM)
        await self.source.stop()


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
