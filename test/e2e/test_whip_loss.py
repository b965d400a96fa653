"""What viewers see of a WHIP client whose path loses packets."""

from itertools import pairwise
from pathlib import Path

from livekit import api

from conftest import LOGS, MakeIngress, Watch
from devstack import until
from kit.clips import SMALL
from kit.lossy_path import LossyPath
from kit.measure import av_offsets_sent, median_ms, out_of_order
from kit.whip import FfmpegWhip

FPS = 30


async def test_losses_are_repaired_before_viewers_see_them(
    clips: None, artifacts: Path, make_ingress: MakeIngress, watch: Watch
):
    info = await make_ingress(input_type=api.IngressInput.WHIP_INPUT)
    viewer = await watch()
    path = LossyPath(info.url, loss=0, way=0.03)
    url = await path.open()
    through = api.IngressInfo(url=url, stream_key=info.stream_key)
    publisher = FfmpegWhip(SMALL, through, artifacts / "ffmpeg" / "lossy.log")
    publisher.start()
    LOGS.watch(publisher.process)
    try:
        await viewer.running_picture(count=2 * FPS, timeout=40)
        path.loss = 0.05
        begun, sounds = len(viewer.frames), len(viewer.beeps)
        await until(lambda: len(viewer.beeps) - sounds >= 20, 60, viewer.summary)
        seen = viewer.frames[begun:]
        assert path.dropped > 50
        assert out_of_order(seen) == []
        assert all(frame.number is not None for frame in seen), "a damaged picture"
        gaps = [after.at - before.at for before, after in pairwise(seen)]
        frozen = sum(gap for gap in gaps if gap > 0.3)
        span = seen[-1].at - seen[0].at
        assert frozen < 0.1 * span, f"frozen for {frozen:.1f} of {span:.1f} s: {sorted(gaps)[-5:]}"

        # The path gets well, and nothing is left of it.
        path.loss = 0
        ahead = len(viewer.beeps)

        def in_sync() -> bool:
            offsets = av_offsets_sent(viewer, FPS, beeps_since=ahead)
            return len(offsets) >= 5 and abs(median_ms(offsets[-5:])) < 45

        await until(in_sync, 30, lambda: f"audio after video by {av_offsets_sent(viewer, FPS)} s")
    finally:
        await publisher.stop()
        await path.close()
