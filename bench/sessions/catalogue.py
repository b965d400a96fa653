"""The measurements by name."""

from livekit import api

from kit.clips import LONG_GOP, WITH_B_FRAMES, Clip
from sessions.drift import Drift
from sessions.libwebrtc import LibwebrtcPass
from sessions.measurement import Measurement
from sessions.memory import MemoryAfter
from sessions.missed import MissedTracks
from sessions.quality import Quality
from sessions.session import Joins, Session
from sessions.source import Pace
from sessions.starts import Starts

_ONE_LAYER = api.IngressVideoEncodingPreset.H264_720P_30FPS_1_LAYER
_FULL_HD = api.IngressVideoEncodingPreset.H264_1080P_30FPS_3_LAYERS
_RATED = Clip(kbps=2500)  # what cores are counted for where nothing is encoded
_RATED_B = Clip(kbps=2500, bframes=2)
_SILENT = Clip(audio=False)
_HD60 = Clip(width=1920, height=1080, fps=60, kbps=6000, seconds=24)
_STALL = Pace(stall=(10, 5))
_BURST = Pace(burst=10)

CATALOGUE: dict[str, Measurement] = {
    "ladder": Session(WITH_B_FRAMES),
    "hybrid": Session(),
    # A decoder that a viewer's start has called for is kept for some ten seconds.
    "pass-through": Session(_RATED, _ONE_LAYER, settle=16, seconds=30),
    "pass-through-silent": Session(_SILENT, _ONE_LAYER, settle=16, seconds=30),
    "pass-through-ten": Session(_RATED, _ONE_LAYER, sessions=10, light=True, settle=16, seconds=36),
    # livekit-server says after ten seconds that nobody watches.
    "unwatched": Session(_RATED_B, quality=None, settle=16, seconds=28),
    "unwatched-ten": Session(_RATED_B, quality=None, sessions=10, settle=16, seconds=36),
    # Before livekit-server has said that nobody watches.
    "unwatched-start": Session(_RATED_B, quality=None, settle=0, counted=10),
    "unwatched-start-hybrid": Session(_RATED, quality=None, settle=0, counted=10),
    "low": Session(quality="low"),
    "hd60": Session(_HD60, _FULL_HD),
    # A viewer that decodes nothing leaves a small machine to the ingress.
    "hd60-light": Session(_HD60, _FULL_HD, light=True),
    "stall": Session(preset=_ONE_LAYER, pace=_STALL, trouble=(10, 15), seconds=30),
    "stall-hybrid": Session(pace=_STALL, trouble=(10, 15), seconds=30),
    "stall-ladder": Session(WITH_B_FRAMES, pace=_STALL, trouble=(10, 15), seconds=30),
    "burst": Session(preset=_ONE_LAYER, pace=_BURST, trouble=(0, 0), seconds=20),
    "burst-ladder": Session(WITH_B_FRAMES, pace=_BURST, trouble=(0, 0), seconds=20),
    "starved": Session(WITH_B_FRAMES, steal=(8, 10), trouble=(8, 18), seconds=33),
    # A decoder is kept for ten seconds after the bridge, which lasts for ten at most.
    "join-cold": Session(LONG_GOP, _ONE_LAYER, joins=Joins(8, 21.37)),
    "join-warm": Session(LONG_GOP, _ONE_LAYER, joins=Joins(12, 1.37)),
    "starts": Starts(),
    "starts-ladder": Starts(WITH_B_FRAMES),
    "starts-watch-only": Starts(may_publish=False),
    "starts-watch-only-ladder": Starts(WITH_B_FRAMES, may_publish=False),
    "missed-tracks": MissedTracks(),
    "quality": Quality(bframes=2),
    "quality-hybrid": Quality(bframes=0),
    "memory-after-bridge": MemoryAfter(),
    "drift-fast": Drift(+1),
    "drift-slow": Drift(-1),
    "libwebrtc-pass": LibwebrtcPass(),
    "libwebrtc-pass-silent": LibwebrtcPass(sound=False),
}
