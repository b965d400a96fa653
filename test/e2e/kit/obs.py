"""OBS Studio as an encoder: without a screen, sends a stamped clip in real time."""

import json
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devstack import ManagedProcess
from kit.clips import SMALL, Clip

_PROFILE = "Untitled"
_NO_QUESTIONS = """
[General]
FirstRun=true
LastVersion=486539266
InfoIncrement=0
EnableAutoUpdates=false
ConfirmOnExit=false
[Basic]
Profile={name}
ProfileDir={name}
SceneCollection={name}
SceneCollectionFile={name}
[BasicWindow]
SysTrayEnabled=false
WarnBeforeStartingStream=false
WarnBeforeStoppingStream=false
[OBSWebSocket]
FirstLoad=false
ServerEnabled=false
"""


class Screen:
    """An X server without a screen, on a display number that it finds free."""

    def __init__(self, log: Path):
        argv = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
        self.process = ManagedProcess("xvfb", argv, log)
        self.display = ""

    async def start(self) -> None:
        self.process.start()
        number = await self.process.wait_log(r"^\d+$", 10)
        self.display = f":{number}"

    async def stop(self) -> None:
        await self.process.stop()


@dataclass(frozen=True)
class ObsSettings:
    """Output settings: `output` is the [Output], [SimpleOutput] or [AdvOut] part of the profile,
    `encoder` the settings of the encoder in advanced mode."""

    sections: Mapping[str, Mapping[str, object]]
    encoder: Mapping[str, object] = field(default_factory=dict)


# What OBS streams with when nobody has changed anything: B-frames, a key frame each 250 frames.
DEFAULTS = ObsSettings(
    {
        "Output": {"Mode": "Simple"},
        "SimpleOutput": {
            "VBitrate": 2500,
            "ABitrate": 160,
            "StreamEncoder": "x264",
            "Preset": "veryfast",
            "UseAdvanced": "false",
        },
    }
)


def recommended(kbps: int) -> ObsSettings:
    """What README tells people to set."""
    return ObsSettings(
        {
            "Output": {"Mode": "Advanced"},
            "AdvOut": {
                "Encoder": "obs_x264",
                "ApplyServiceSettings": "true",
                "TrackIndex": 1,
                "Track1Bitrate": 160,
            },
        },
        {
            "rate_control": "CBR",
            "bitrate": kbps,
            "keyint_sec": 2,
            "preset": "veryfast",
            "profile": "",
            "tune": "zerolatency",
            "x264opts": "",
        },
    )


class Obs:
    """Streams `clip` to `url` with `key` from its start until it is stopped or killed.

    All it knows is in `folder`; it may be started again after its end. `authorities` is a folder
    of certificates that it believes in the place of the system's.
    """

    def __init__(
        self,
        screen: Screen,
        url: str,
        key: str,
        folder: Path,
        settings: ObsSettings = DEFAULTS,
        clip: Clip = SMALL,
        authorities: Path | None = None,
    ):
        self._folder = folder
        self._write(url, key, settings, clip)
        argv = ["obs", "--multi", "--disable-updater", "--disable-shutdown-check"]
        if authorities:
            # OBS looks nowhere else, so it gets its own view of that folder.
            believe = 'mount --bind "$0" /etc/ssl/certs && exec "$@"'
            argv = ["unshare", "--mount", "sh", "-c", believe, str(authorities), *argv]
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        env = {
            "DISPLAY": screen.display,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "QT_QPA_PLATFORM": "xcb",
            "XDG_CONFIG_HOME": str(folder),
            "XDG_RUNTIME_DIR": str(runtime),
        }
        log = folder / "obs.log"
        self.process = ManagedProcess("obs", [*argv, "--startstreaming"], log, env=env)

    def start(self) -> None:
        self.process.start()

    async def stop(self) -> None:
        """Asks OBS to quit, which ends the stream in order where OBS still listens."""
        await self.process.stop(signal.SIGINT, grace=3)

    async def kill(self) -> None:
        """Ends without a word, as a crash does."""
        await self.process.stop(signal.SIGKILL)

    # --- its files -----------------------------------------------------------------------------

    def _write(self, url: str, key: str, settings: ObsSettings, clip: Clip) -> None:
        home = self._folder / "obs-studio"
        profile = home / "basic" / "profiles" / _PROFILE
        scenes = home / "basic" / "scenes"
        for folder in (profile, scenes):
            folder.mkdir(parents=True)
        (home / "global.ini").write_text(_NO_QUESTIONS.format(name=_PROFILE))
        (profile / "basic.ini").write_text(_ini(_profile(settings, clip)))
        (profile / "streamEncoder.json").write_text(json.dumps(dict(settings.encoder)))
        (profile / "service.json").write_text(json.dumps(_service(url, key)))
        (scenes / f"{_PROFILE}.json").write_text(json.dumps(_scene(clip)))


def _profile(settings: ObsSettings, clip: Clip) -> dict[str, Mapping[str, object]]:
    sections: dict[str, Mapping[str, object]] = {
        "General": {"Name": _PROFILE},
        "Video": {
            "BaseCX": clip.width,
            "BaseCY": clip.height,
            "OutputCX": clip.width,
            "OutputCY": clip.height,
            "FPSType": 0,
            "FPSCommon": clip.fps,
        },
        "Audio": {"SampleRate": 48000, "ChannelSetup": "Stereo"},
    }
    for name, section in settings.sections.items():
        sections[name] = {**sections.get(name, {}), **section}
    again = {"Reconnect": "true", "RetryDelay": 2, "MaxRetries": 25}
    sections["Output"] = {**again, **sections.get("Output", {})}
    return sections


def _ini(sections: Mapping[str, Mapping[str, object]]) -> str:
    lines = []
    for name, section in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{key}={value}" for key, value in section.items()]
    return "\n".join(lines) + "\n"


def _service(url: str, key: str) -> dict:
    settings = {"bwtest": False, "key": key, "server": url, "use_auth": False}
    return {"settings": settings, "type": "rtmp_custom"}


def _scene(clip: Clip) -> dict:
    """One scene with the clip in it, at its own size, for ever."""
    film = {"is_local_file": True, "local_file": str(clip.path()), "looping": True}
    item = {
        "name": "Clip",
        "id": 1,
        "visible": True,
        "pos": {"x": 0.0, "y": 0.0},
        "scale": {"x": 1.0, "y": 1.0},
        "align": 5,
        "bounds_type": 0,
    }
    return {
        "name": _PROFILE,
        "current_scene": "Scene",
        "current_program_scene": "Scene",
        "scene_order": [{"name": "Scene"}],
        "sources": [
            {"id": "ffmpeg_source", "name": "Clip", "settings": film, "mixers": 255},
            {"id": "scene", "name": "Scene", "settings": {"id_counter": 1, "items": [item]}},
        ],
    }
