"""Whether every viewer gets every track of a publish, whatever client it is."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web
from livekit import rtc
from playwright.async_api import Page

from devstack import WaitTimeout, paths, until
from devstack.ports import LOOPBACK, free_port
from kit import flv
from kit.browser import chromium_page
from kit.clips import SMALL
from kit.rtmp import RtmpPublisher
from sessions import measures
from sessions.bed import Bed, Options
from sessions.measurement import Measurement
from sessions.session import THREE_LAYERS

_AT_ONCE = 4  # rooms
_NATIVE = 2  # viewers of libwebrtc a room; one of JavaScript comes to them
_SETTLED = 1.0  # seconds until a viewer who has joined also has a transport
_PATIENCE = 8.0  # seconds for both tracks; clients give up a track after five at most

# Joins a room; `tracks` grows by the kind of each track that is subscribed to.
_JOIN = """
async ([name, url, token]) => {
  const room = new LivekitClient.Room();
  window.tracks ??= {};
  window.rooms ??= {};
  window.tracks[name] = [];
  window.rooms[name] = room;
  room.on('trackSubscribed', (track) => window.tracks[name].push(track.kind));
  await room.connect(url, token);
}
"""
_LEAVE = "async (name) => { await window.rooms[name].disconnect(); delete window.rooms[name]; }"


@dataclass(frozen=True)
class MissedTracks(Measurement):
    """Counts viewers who do not get both tracks of a publish."""

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
            "both_tracks_ms": measures.median(times),
            "worst_ms": max(times),
            "missed": [words for _, missed in found for words in missed],
        }


async def _publish(bed: Bed, page: Page, room: str) -> tuple[list[int], list[str]]:
    """How many milliseconds each viewer waited for both tracks, and who did so in vain."""
    kinds: list[list[str]] = []
    async with contextlib.AsyncExitStack() as stack:
        info = await stack.enter_async_context(bed.ingress(room, THREE_LAYERS))
        for number in range(_NATIVE):
            kinds.append(await stack.enter_async_context(_native(bed, room, f"native-{number}")))
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

        async def both(who: str, tracks) -> int | str:
            async def have() -> bool:
                return {"audio", "video"} <= set(await tracks())

            try:
                await until(have, _PATIENCE, who)
            except WaitTimeout:
                return f"{who} in {room} has {await tracks()}"
            return round((time.monotonic() - began) * 1000)

        def of(seen: list[str]):
            async def tracks() -> list[str]:
                return seen

            return tracks

        waits = [both(f"native-{i}", of(seen)) for i, seen in enumerate(kinds)]
        waits.append(both("browser", lambda: page.evaluate("(name) => tracks[name]", room)))
        results = await asyncio.gather(*waits)
        await publisher.unpublish()
    return [r for r in results if isinstance(r, int)], [r for r in results if isinstance(r, str)]


@contextlib.asynccontextmanager
async def _native(bed: Bed, room: str, identity: str) -> AsyncIterator[list[str]]:
    """A libwebrtc viewer; yields the kinds of its tracks, which grow."""
    client, kinds = rtc.Room(), []

    def subscribed(track: rtc.Track, *_: object) -> None:
        kinds.append("video" if track.kind == rtc.TrackKind.KIND_VIDEO else "audio")

    client.on("track_subscribed", subscribed)
    await client.connect(
        bed.stack.livekit.ws_url, bed.stack.livekit.viewer_token(room, identity), rtc.RoomOptions()
    )
    try:
        yield kinds
    finally:
        await client.disconnect()


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
