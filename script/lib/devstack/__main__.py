"""What script/server runs once everything is installed and built."""

import argparse
import asyncio
import contextlib
import shlex
import signal
import sys

import imageio_ffmpeg
from livekit import api

from devstack import ROOT, ManagedProcess, Stack, StartFailed
from devstack.ports import LOOPBACK, free_port, own_address, preferred_port
from devstack.stack import Ports
from devstack.watch import WatchServer, ffmpeg_command

_FOLDER = ROOT / ".run"
_ROOM = "studio"

_ELSEWHERE = """
  Others on the network use these addresses too; whoever opens the watch page sees the stream key.
  A firewall must let in TCP {rtmp} for encoders,
  TCP {whip} and UDP {whip_udp} for WHIP clients,
  TCP {watch}, {livekit}, {rtc_tcp} and UDP {rtc_udp} for viewers.
"""

_HERE_ALONE = """
  These addresses are good on this machine alone; script/server --listen 0.0.0.0 lets others in.
"""

_READY = """
  RTMP URL     {info.url}
  Stream key   {info.stream_key}
  Watch        {watch}

  FFmpeg       {ffmpeg}

  OBS          Settings > Stream:  Service "Custom...", Server {info.url}, Stream Key {info.stream_key}
               Settings > Output:  Encoder x264, Rate Control CBR, Bitrate 2800 Kbps at 1280x720,
                                   Keyframe Interval 2 s, Tune zerolatency (no B-frames: least delay)

  WHIP         OBS 30 and newer, Settings > Stream:  Service WHIP, Server {whip.url},
               Bearer Token {whip.stream_key}
{reach}
  Health       http://127.0.0.1:{ports.health}/ready
  Metrics      http://127.0.0.1:{ports.metrics}/metrics
  Logs         {folder}/

  Ctrl-C stops everything.
"""  # noqa: E501


async def _create_ingress(
    stack: Stack, kind: "api.IngressInput.ValueType", identity: str, name: str
) -> api.IngressInfo:
    async with stack.api() as client:
        return await client.ingress.create_ingress(
            api.CreateIngressRequest(
                input_type=kind,
                name="script/server",
                room_name=_ROOM,
                participant_identity=identity,
                participant_name=name,
            )
        )


def _demo(info: api.IngressInfo) -> ManagedProcess:
    """Debian's FFmpeg by RTMP, the one of imageio-ffmpeg by WHIP, which Debian's does not know."""
    program, *options = shlex.split(ffmpeg_command(info))
    if info.input_type == api.IngressInput.WHIP_INPUT:
        program = imageio_ffmpeg.get_ffmpeg_exe()
    argv = [program, "-hide_banner", "-loglevel", "warning", *options]
    return ManagedProcess("demo encoder", argv, _FOLDER / "demo.log")


async def _end_of(processes: list[ManagedProcess]) -> None:
    """Returns when one of them has ended by itself."""
    while True:
        for process in processes:
            if not process.running:
                print(f"\n{process.name} ended with status {process.returncode}:")
                print(process.tail(15))
                return
        await asyncio.sleep(0.5)


def _reach(address: str, ports: Ports, watch: int) -> str:
    if address == LOOPBACK:
        return _HERE_ALONE
    return _ELSEWHERE.format(
        rtmp=ports.rtmp,
        whip=ports.whip,
        whip_udp=ports.whip_udp,
        watch=watch,
        livekit=ports.livekit,
        rtc_tcp=ports.livekit_rtc_tcp,
        rtc_udp=ports.livekit_rtc_udp,
    )


async def _serve(demo: str | None, address: str) -> None:
    """`demo`: by what the test picture comes; none: without one."""
    for old in _FOLDER.glob("*.log"):
        old.unlink()
    async with contextlib.AsyncExitStack() as running:
        stack = await running.enter_async_context(
            Stack(
                _FOLDER,
                Ports.usual(),
                {"debug_handler_port": free_port()},
                address=address,
                with_whip=True,
            )
        )
        kinds = api.IngressInput
        info = await _create_ingress(stack, kinds.RTMP_INPUT, "encoder", "Encoder")
        whip = await _create_ingress(stack, kinds.WHIP_INPUT, "whip-client", "WHIP client")
        watch_port = preferred_port(8080)
        watched = whip if demo == "whip" else info
        watch = WatchServer(stack.livekit, watched, watch_port, address, stack.ingress)
        await watch.start()
        running.push_async_callback(watch.stop)
        print(
            _READY.format(
                info=info,
                whip=whip,
                watch=watch.url,
                ffmpeg=ffmpeg_command(info),
                reach=_reach(address, stack.ports, watch_port),
                ports=stack.ports,
                folder=_FOLDER.relative_to(ROOT),
            ),
            flush=True,
        )
        processes = list(stack.processes)
        if demo:
            encoder = _demo(watched)
            encoder.start()
            running.push_async_callback(encoder.stop, signal.SIGINT)
            processes.append(encoder)
            print("  The demo picture is on its way.", flush=True)
        await _end_of(processes)


async def _main(demo: str | None, address: str) -> int:
    serving = asyncio.create_task(_serve(demo, address))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        print("\nStopped.")
        return 0
    except StartFailed as error:
        print(error, file=sys.stderr)
    return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/server")
    parser.add_argument("--demo", nargs="?", choices=("rtmp", "whip"), const="rtmp")
    parser.add_argument("--listen", metavar="ADDRESS", default=LOOPBACK)
    arguments = parser.parse_args()
    try:
        arguments.listen = own_address(arguments.listen)
    except OSError as error:
        parser.error(
            f"--listen {arguments.listen}: {error.strerror}; name an address of this machine"
        )
    return arguments


if __name__ == "__main__":
    options = _arguments()
    sys.exit(asyncio.run(_main(options.demo, options.listen)))
