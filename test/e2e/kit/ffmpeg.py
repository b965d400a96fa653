"""FFmpeg as an encoder: sends a clip over RTMP in real time."""

import signal
from collections.abc import Mapping
from pathlib import Path

from devstack import ManagedProcess
from kit.clips import Clip


class FfmpegProcess:
    """An FFmpeg that publishes until it is stopped."""

    def __init__(self, name: str, argv: list[str], log: Path, env: Mapping[str, str] | None = None):
        self.process = ManagedProcess(name, argv, log, env)

    def start(self) -> None:
        self.process.start()

    async def stop(self) -> None:
        """Ends the stream in order, as its protocol does."""
        await self.process.stop(signal.SIGINT)

    async def kill(self) -> None:
        """Ends without a word, as a crash does."""
        await self.process.stop(signal.SIGKILL)


class FfmpegPublisher(FfmpegProcess):
    """Sends `clip` again and again until it is stopped, or `once`.

    Its end in order is FCUnpublish, deleteStream, close.
    """

    def __init__(self, clip: Clip, url: str, log: Path, *, once: bool = False):
        argv = ["ffmpeg", "-hide_banner", "-nostats", "-loglevel", "info", "-re"]
        if not once:
            argv += ["-stream_loop", "-1"]
        argv += ["-i", str(clip.path()), "-c", "copy", "-f", "flv", url]
        super().__init__("ffmpeg", argv, log)
