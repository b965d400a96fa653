"""Whether every viewer sees and hears every publish, whatever client it is."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from aiohttp import web
from playwright.async_api import Page

from devstack import WaitTimeout, paths, until
from devstack.ports import LOOPBACK, free_port
from kit import flv
from kit.browser import chromium_page
from kit.clips import SMALL
from kit.rtmp import RtmpPublisher
from kit.viewer import Viewer
from sessions import measures
from sessions.bed import Bed, Options
from sessions.measurement import Measurement
from sessions.session import THREE_LAYERS

Played = dict[str, float]  # by kind of track

_AT_ONCE = 4  # rooms
_NATIVE = 2  # viewers of libwebrtc a room; one of JavaScript comes to them
_SETTLED = 1.0  # seconds until a viewer who has joined also has a transport
_PATIENCE = 15.0  # seconds for both tracks; clients give up a track after five at most
# Of the clip, which has a beep a second. More than the first of each: a viewer may lose again what
# has begun to play. Few frames: a busy machine shows few.
_FRAMES = 5
_BEEPS = 2

# Joins a room, where each track that is subscribed to gets an element that plays it.
_JOIN = """
async ([name, url, token]) => {
  const room = new LivekitClient.Room();
  window.tracks ??= {};
  window.rooms ??= {};
  window.tracks[name] = [];
  window.rooms[name] = room;
  room.on('trackSubscribed', (track) => { window.tracks[name].push(track); track.attach(); });
  await room.connect(url, token);
}
"""
# What arrives that can be decoded, by kind: frames, and seconds of audio that is not silent.
_PLAYED = """
async (name) => {
  const played = {};
  for (const track of window.tracks[name]) {
    for (const stats of (await track.receiver.getStats()).values()) {
      if (stats.type !== 'inbound-rtp') continue;
      const heard = stats.totalAudioEnergy > 0 ? stats.totalSamplesDuration : 0;
      played[track.kind] = track.kind === 'video' ? stats.framesDecoded : heard;
    }
  }
  return played;
}
"""
_LEAVE = "async (name) => { await window.rooms[name].disconnect(); delete window.rooms[name]; }"


@dataclass(frozen=True)
class MissedTracks(Measurement):
    """Counts viewers for whom not both tracks of a publish play."""

    def prepare(self, options: Options) -> None:
        SMALL.path()

    async def run(self, bed: Bed) -> dict:
        gate = asyncio.Semaphore(_AT_ONCE)
        async with _page_with_client() as page:

            async def one(number: int) -> tuple[list[int], list[str]]:
                async with gate:
                    return await _publish(bed, page, f"missed-{number}-{time.monotonic_ns()}")

            found = await asyncio.gather(*(one(number) for number in range(bed.options.starts)))
        times = [time for times, _ in found for time in times]
        return {
            "starts": bed.options.starts,
            "viewers": bed.options.starts * (_NATIVE + 1),
            "both_play_ms": measures.median(times),
            "worst_ms": max(times, default=None),
            "missed": [words for _, missed in found for words in missed],
        }


async def _publish(bed: Bed, page: Page, room: str) -> tuple[list[int], list[str]]:
    """How many milliseconds each viewer waited for both tracks, and who did so in vain."""
    async with contextlib.AsyncExitStack() as stack:
        info = await stack.enter_async_context(bed.ingress(room, THREE_LAYERS))
        natives = [
            await stack.enter_async_context(bed.viewer(room, identity=f"native-{number}"))
            for number in range(_NATIVE)
        ]
        token = bed.stack.livekit.viewer_token(room, "browser")
        await page.evaluate(_JOIN, [room, bed.stack.livekit.ws_url, token])
        stack.push_async_callback(page.evaluate, _LEAVE, room)
        await asyncio.sleep(_SETTLED)
        publisher = await stack.enter_async_context(
            await RtmpPublisher.publishing(info.url, info.stream_key)
        )
        began = time.monotonic()
        playing = asyncio.create_task(publisher.play(flv.read(SMALL.path())))
        stack.callback(playing.cancel)

        async def wait(who: str, played: Callable[[], Awaitable[Played]]) -> int | str:
            async def both() -> bool:
                now = await played()
                return now.get("video", 0) >= _FRAMES and now.get("audio", 0) >= _BEEPS

            try:
                await until(both, _PATIENCE, who)
            except WaitTimeout:
                return f"{who} in {room} played {await played()}"
            return round((time.monotonic() - began) * 1000)

        waits = [wait(f"native-{i}", partial(_played, each)) for i, each in enumerate(natives)]
        waits.append(wait("browser", lambda: page.evaluate(_PLAYED, room)))
        results = await asyncio.gather(*waits)
        await publisher.unpublish()
    return [r for r in results if isinstance(r, int)], [r for r in results if isinstance(r, str)]


async def _played(viewer: Viewer) -> Played:
    return {"video": len(viewer.frames), "audio": len(viewer.beeps)}


@contextlib.asynccontextmanager
async def _page_with_client() -> AsyncIterator[Page]:
    """A page that has loaded livekit-client."""

    async def library(_: web.Request) -> web.FileResponse:
        return web.FileResponse(paths.LIVEKIT_CLIENT_JS)

    async def index(_: web.Request) -> web.Response:
        return web.Response(text='<script src="/client.js"></script>', content_type="text/html")

    app = web.Application()
    app.router.add_get("/", index)
    app.router.add_get("/client.js", library)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, LOOPBACK, port).start()
    try:
        async with chromium_page() as page:
            await page.goto(f"http://{LOOPBACK}:{port}/")
            yield page
    finally:
        await runner.cleanup()
