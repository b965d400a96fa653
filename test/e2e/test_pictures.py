"""What viewers see of sources that are no plain square-pixel, progressive BT.709 pictures."""

import asyncio
import contextlib
import dataclasses
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from livekit import api, rtc

from conftest import MakeIngress, Publish, Watch
from devstack import until
from kit import flv
from kit.rtmp import RtmpPublisher
from kit.viewer import LOW, Viewer

ONE_LAYER = api.IngressVideoEncodingPreset.H264_720P_30FPS_1_LAYER
GREY, WHITE, BLACK = 126, 235, 16
BT601 = "-color_primaries smpte170m -color_trc smpte170m -colorspace smpte170m"
BT709 = "-color_primaries bt709 -color_trc bt709 -colorspace bt709"
# Two B pictures: such a stream has to be decoded and encoded anew.
LADDER = "-bf 2 -b_strategy 0"


@dataclass(frozen=True)
class Footage:
    """A generated clip, as FfmpegPublisher wants it."""

    file: Path

    def path(self) -> Path:
        return self.file


def make_footage(folder: Path, name: str, source: str, options: str, seconds: int = 20) -> Footage:
    """`source`: a filter graph of FFmpeg; `options`: of its encoder."""
    file = folder / f"{name}.flv"
    argv = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-t", str(seconds)]
    argv += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30"]
    argv += [*options.split(), "-f", "flv", str(file)]
    subprocess.run(argv, check=True, capture_output=True)
    return Footage(file)


@dataclass
class Seen:
    """One picture: planes of luma and of both chroma, of half the size."""

    y: np.ndarray
    u: np.ndarray
    v: np.ndarray

    @property
    def size(self) -> tuple[int, int]:
        return self.y.shape[1], self.y.shape[0]

    def rgb(self, x: float, y: float, kr: float, kb: float) -> tuple[float, ...]:
        """The colour around a point, given as shares of the size, by a matrix's weights."""
        row, column = int(y * self.u.shape[0]), int(x * self.u.shape[1])
        at = np.s_[row - 2 : row + 3, column - 2 : column + 3]
        luma = self.y[2 * row - 4 : 2 * row + 5, 2 * column - 4 : 2 * column + 5]
        value = (float(luma.mean()) - 16) / 219
        cb = (float(self.u[at].mean()) - 128) / 224
        cr = (float(self.v[at].mean()) - 128) / 224
        red = value + 2 * (1 - kr) * cr
        blue = value + 2 * (1 - kb) * cb
        green = (value - kr * red - kb * blue) / (1 - kr - kb)
        return tuple(round(255 * part) for part in (red, green, blue))


async def watch_pictures(viewer: Viewer, accept, timeout: float = 60) -> Seen:
    """The first picture for which `accept` is true."""
    publication = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO, 60)
    stream = rtc.VideoStream(publication.track, format=rtc.VideoBufferType.I420)
    last: list[Seen] = []

    async def read() -> Seen | None:
        async for event in stream:
            last[:] = [_planes(event.frame)]
            if accept(last[0]):
                return last[0]
        return None

    async with contextlib.aclosing(stream):
        reading = asyncio.create_task(read())
        await until(reading.done, timeout, lambda: f"a picture; the last was {_tell(last)}")
        return reading.result()


def _planes(frame: rtc.VideoFrame) -> Seen:
    data = np.frombuffer(frame.data, np.uint8)
    width, height = frame.width, frame.height
    half = ((width + 1) // 2, (height + 1) // 2)
    luma, chroma = width * height, half[0] * half[1]
    return Seen(
        data[:luma].reshape(height, width),
        data[luma : luma + chroma].reshape(half[1], half[0]),
        data[luma + chroma : luma + 2 * chroma].reshape(half[1], half[0]),
    )


def _tell(seen: list[Seen]) -> str:
    return f"{seen[0].size}, {white_box(seen[0])}" if seen else "none"


def white_box(seen: Seen) -> tuple[int, int]:
    """Width and height of what is white in the picture."""
    bright = seen.y > (GREY + WHITE) // 2
    return int(bright.any(axis=0).sum()), int(bright.any(axis=1).sum())


def shows_square(seen: Seen) -> bool:
    width, height = white_box(seen)
    return height > 20 and abs(width / height - 1) < 0.08


def comb(seen: Seen) -> float:
    """How much neighbouring rows differ on average, where the picture is."""
    rows = seen.y[20:-20].astype(int)
    return float(np.abs(rows[1:] - rows[:-1]).mean())


def square(width: int, height: int, side: int, sar: float = 1) -> str:
    """Grey, with a white square in the middle that is square on a screen."""
    box = f"w={round(side / sar)}:h={side}:x=(iw-w)/2:y=(ih-h)/2"
    return f"color=0x808080:s={width}x{height}:r=30,drawbox={box}:color=white:t=fill"


async def test_colour_bars_keep_their_colours(
    make_ingress: MakeIngress, publish: Publish, watch: Watch, tmp_path: Path
):
    info = await make_ingress(video=api.IngressVideoOptions(preset=ONE_LAYER))
    viewer = await watch()
    bars = "smptehdbars=s=1280x720:r=30,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    publish(info, make_footage(tmp_path, "bars", bars, f"{BT709} {LADDER}"))
    seen = await watch_pictures(viewer, lambda picture: picture.size == (1280, 720))

    # The seven bars of 75 % in the upper part of SMPTE RP 219.
    colours = [(191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0)]
    colours += [(191, 0, 191), (191, 0, 0), (0, 0, 191)]
    for number, expected in enumerate(colours):
        x = 0.125 + (number + 0.5) * 0.75 / 7
        got = seen.rgb(x, 0.3, kr=0.2126, kb=0.0722)
        assert all(abs(a - b) <= 10 for a, b in zip(got, expected, strict=True)), (number, got)


async def test_a_full_range_source_looks_alike_in_the_layer_passed_on_and_the_encoded_ones(
    ingress: api.IngressInfo, publish: Publish, watch: Watch, tmp_path: Path
):
    viewer = await watch()
    bars = "smptehdbars=s=1280x720:r=30,scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p"
    options = f"{BT601} -color_range pc -bf 0 -tune zerolatency"
    publish(ingress, make_footage(tmp_path, "full-range", bars, options))
    passed = await watch_pictures(viewer, lambda picture: picture.size == (1280, 720))
    video = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    video.set_video_quality(LOW)
    encoded = await watch_pictures(viewer, lambda picture: picture.size == (320, 180))
    for share in (1, 25, 50, 75, 99):
        levels = [float(np.percentile(seen.y, share)) for seen in (passed, encoded)]
        assert abs(levels[0] - levels[1]) <= 4, (share, levels)
    assert abs(float(passed.u.mean()) - float(encoded.u.mean())) <= 2
    assert abs(float(passed.v.mean()) - float(encoded.v.mean())) <= 2


async def test_interlaced_pictures_with_wide_pixels_become_whole_and_square(
    make_ingress: MakeIngress, publish: Publish, watch: Watch, tmp_path: Path
):
    info = await make_ingress(video=api.IngressVideoOptions(preset=ONE_LAYER))
    viewer = await watch()
    # A bar, 200 pixels wide, that moves by 8 a field: 16:9 in 720 by 576.
    bar = f"if(between(mod(X-8*N\\,720)\\,260\\,459)\\,{WHITE}\\,40)"
    source = f"nullsrc=s=720x576:r=50,geq=lum='{bar}':cb=128:cr=128,interlace=scan=tff,setsar=64/45"
    publish(info, make_footage(tmp_path, "pal", source, f"-flags +ilme+ildct {BT601}", seconds=12))

    def is_whole_bar(picture: Seen) -> bool:
        width, height = white_box(picture)
        return picture.size == (1024, 576) and height > 560 and abs(width - 284) < 24

    seen = await watch_pictures(viewer, is_whole_bar)
    # The teeth of a comb would be 11 pixels long on both edges of each second row.
    assert comb(seen) < 2, comb(seen)


async def test_a_source_that_lies_on_its_side_is_shown_upright_without_bars(
    make_ingress: MakeIngress, publish: Publish, watch: Watch, tmp_path: Path
):
    info = await make_ingress(video=api.IngressVideoOptions(preset=ONE_LAYER))
    viewer = await watch()
    # What is white at the left lies at the bottom after a quarter turn anticlockwise.
    source = f"nullsrc=s=640x360:r=30,geq=lum='if(lt(X\\,160)\\,{WHITE}\\,60)':cb=128:cr=128"
    turn = (
        "-bsf:v h264_metadata=display_orientation=insert:rotate=90 -g 900"  # it marks one key frame
    )
    publish(info, make_footage(tmp_path, "turned", source, turn, seconds=12))

    def is_upright(picture: Seen) -> bool:
        if picture.size != (360, 640):
            return False
        bottom, rest = picture.y[500:], picture.y[:460]
        return bottom.min() > WHITE - 30 and abs(rest.mean() - 60) < 10 and rest.min() > 40

    await watch_pictures(viewer, is_upright)


async def test_a_source_that_changes_its_shape_is_never_distorted(
    make_ingress: MakeIngress, watch: Watch, tmp_path: Path
):
    info = await make_ingress(video=api.IngressVideoOptions(preset=ONE_LAYER))
    viewer = await watch()
    wide = make_footage(tmp_path, "wide", square(1280, 720, 300), LADDER, seconds=8)
    tall = make_footage(tmp_path, "tall", square(480, 640, 200), LADDER, seconds=25)
    first = flv.read(wide.file)
    second = [
        dataclasses.replace(tag, timestamp=tag.timestamp + 8000)
        for tag in flv.read(tall.file)
        if tag.kind != flv.SCRIPT
    ]
    publisher = await RtmpPublisher.publishing(info.url, info.stream_key)
    async with publisher:
        playing = asyncio.create_task(publisher.play(first + second))
        await watch_pictures(viewer, lambda seen: shows_square(seen) and seen.size == (1280, 720))

        def is_tall(seen: Seen) -> bool:
            width, height = seen.size
            box = white_box(seen)[1] * 640 / 200  # how high the whole source is shown
            fills = abs(box / height - 1) < 0.1
            left = seen.y[height // 2, 2 : max(4, int(width / 2 - box * 0.375) - 8)]
            bars = height * 0.8 > width or (left.mean() < BLACK + 8)
            return shows_square(seen) and fills and bool(bars)

        await watch_pictures(viewer, is_tall)
        playing.cancel()
