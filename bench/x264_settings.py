#!/usr/bin/env python3
"""What x264 settings cost and give, layer by layer, without the rest of the ladder around them.

    x264_settings.py clip.mp4 --layers 1280x720@1900 640x360@671 320x180@237 [--only TEXT]

Each setting encodes the same raw pictures with ffmpeg's libx264, the library that x264enc runs.
Printed a layer: cores (processor time by media time, the smallest of the repeats, reading the raw
pictures taken off), luma SSIM against the raw pictures, bits a second reached, and the largest
picture but the first in multiples of the mean.
"""

import argparse
import os
import re
import subprocess
import tempfile
from pathlib import Path

COMMON = "bframes=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:scenecut=0:force-cfr=1:open-gop=0"
COMMON += ":keyint=120"
OURS = "vbv=0.7:deadzone-inter=9:deadzone-intra=6:no-dct-decimate=1:deblock=-1,-1"
OURS += ":aq-mode=0:weightp=0"
SETTINGS = {
    "veryfast baseline, 4 slice threads": ("veryfast", "baseline", "sliced-threads=1:threads=4"),
    "veryfast high": ("veryfast", "high", ""),
    "superfast baseline": ("superfast", "baseline", ""),
    "superfast main": ("superfast", "main", ""),
    "superfast high": ("superfast", "high", ""),
    "+ subme 2": ("superfast", "high", "subme=2"),
    "+ me hex": ("superfast", "high", "me=hex"),
    "+ ref 2": ("superfast", "high", "ref=2"),
    "+ trellis 1": ("superfast", "high", "trellis=1"),
    "+ p8x8": ("superfast", "high", "partitions=p8x8,i8x8,i4x4"),
    "+ weightp 0": ("superfast", "high", "weightp=0"),
    "+ aq-mode 0": ("superfast", "high", "aq-mode=0"),
    "+ aq-mode 2": ("superfast", "high", "aq-mode=2"),
    "+ psy 0": ("superfast", "high", "psy=0"),
    "+ deblock -1": ("superfast", "high", "deblock=-1,-1"),
    "+ vbv 0.5 s": ("superfast", "high", "vbv=0.5"),
    "+ aq-mode 2, vbv 0.6 s": ("superfast", "high", "aq-mode=2:vbv=0.6"),
    "+ aq-mode 2, vbv 0.5 s": ("superfast", "high", "aq-mode=2:vbv=0.5"),
    "+ the same, trellis 1": ("superfast", "high", "aq-mode=2:vbv=0.5:trellis=1"),
    "+ the same, CAVLC": ("superfast", "high", "aq-mode=2:vbv=0.5:cabac=0"),
    "+ the same, deadzone 11": ("superfast", "high", "aq-mode=2:vbv=0.5:deadzone-inter=11"),
    "as ours": ("superfast", "high", f"{OURS}:partitions=i8x8"),
    "as ours: 1080 lines": ("superfast", "high", f"{OURS}:partitions=i8x8:cabac=0"),
    "as ours: baseline": ("superfast", "baseline", f"{OURS}:subme=2"),
}


def run(command):
    """Seconds of processor time of a command."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    text = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"{' '.join(command)}\n{text}")
    return usage.ru_utime + usage.ru_stime


def raw_input(path, size, rate):
    return ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-r", str(rate), "-i", str(path)]


def largest_picture(path):
    """The largest access unit behind the first, in multiples of the mean."""
    command = [
        "ffprobe",
        "-v",
        "error",
        "-show_entries",
        "packet=size",
        "-of",
        "csv=p=0",
        str(path),
    ]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    sizes = [int(line.strip(",")) for line in text.split()]
    return max(sizes[1:]) / (sum(sizes) / len(sizes))


def ssim(coded, raw, size, rate):
    command = [
        "ffmpeg",
        "-hide_banner",
        "-r",
        str(rate),
        "-i",
        str(coded),
        *raw_input(raw, size, rate),
    ]
    command += ["-lavfi", "ssim", "-f", "null", "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return float(re.search(r"SSIM Y:([0-9.]+)", text).group(1))


def encode(raw, out, size, rate, kbps, setting):
    preset, profile, extra = setting
    vbv = re.search(r":?vbv=([0-9.]+)", extra)
    buffer = kbps * float(vbv.group(1)) if vbv else kbps
    extra = re.sub(r":?vbv=[0-9.]+", "", extra)
    if "threads" not in extra:
        extra += ":threads=1"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        *raw_input(raw, size, rate),
        "-c:v",
        "libx264",
        "-preset",
        preset,
    ]
    command += [
        "-profile:v",
        profile,
        "-x264-params",
        f"{COMMON}:{extra}".replace("::", ":"),
        "-b:v",
        f"{kbps}k",
    ]
    command += ["-maxrate", f"{kbps}k", "-bufsize", f"{buffer}k", "-f", "h264", str(out)]
    return run(command)


def measure(clip, layer, args, folder):
    size, kbps = layer.split("@")
    raw = folder / f"{size}.i420"
    scale = f"fps={args.fps},scale={size.replace('x', ':')}:flags=bicubic,format=yuv420p"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-stream_loop",
        "-1",
        "-t",
        str(args.seconds),
        "-i",
        clip,
        "-vf",
        scale,
    ]
    subprocess.run([*command, "-f", "rawvideo", str(raw)], check=True)
    read_only = ["ffmpeg", "-v", "error", *raw_input(raw, size, args.fps), "-f", "null", "-"]
    base = min(run(read_only) for _ in range(args.repeat))
    for name, setting in SETTINGS.items():
        if args.only and not re.search(args.only, name):
            continue
        out = folder / "out.h264"
        seconds = min(
            encode(raw, out, size, args.fps, int(kbps), setting) for _ in range(args.repeat)
        )
        cores = (seconds - base) / args.seconds
        rate = out.stat().st_size * 8 / args.seconds / 1000
        quality = ssim(out, raw, size, args.fps)
        largest = largest_picture(out)
        figures = f"{cores:.3f} cores  {quality:.4f}  {rate:5.0f} kb/s  {largest:4.1f}"
        print(f"{size:>9} {name:36} {figures}", flush=True)
    raw.unlink()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip")
    parser.add_argument(
        "--layers", nargs="+", default=["1280x720@1900", "640x360@671", "320x180@237"]
    )
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--fps", type=float, default=30)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", help="regular expression for the settings' names")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        for layer in args.layers:
            measure(args.clip, layer, args, Path(folder))


if __name__ == "__main__":
    main()
