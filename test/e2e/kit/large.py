"""Pictures that take few bytes and much memory to decode."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from kit import cache, flv
from kit.flv import Tag


@dataclass(frozen=True)
class LargePictures:
    """One colour, so that a second has some kilobytes."""

    width: int
    height: int
    pixel_format: str = "yuv420p"
    references: int = 1
    frames: int = 20
    fps: int = 2

    def tags(self) -> list[Tag]:
        """Sequence header and pictures; each twentieth is a key frame."""
        name = cache.name_of(self, __file__)
        return flv.read(cache.kept("large", name, self._encode) / "large.flv")

    def _encode(self, folder: Path) -> None:
        source = f"color=gray:s={self.width}x{self.height}:r={self.fps}"
        argv = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source]
        argv += ["-frames:v", str(self.frames), "-pix_fmt", self.pixel_format]
        # One thread and no lookahead: the encoder takes memory, too.
        argv += ["-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", "-g", "20"]
        argv += ["-x264-params", f"ref={self.references}:rc-lookahead=0:bframes=0:sync-lookahead=0"]
        subprocess.run([*argv, "-f", "flv", str(folder / "large.flv")], check=True)
