"""The watch page: serves deploy/watch and mints a viewer's token for each visit."""

import secrets

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from livekit import api

from devstack import paths
from devstack.ingress import Ingress
from devstack.livekit_server import LiveKitServer
from devstack.ports import LOOPBACK, free_port

_STATUS_PREFIX = "ENDPOINT_"
_LOOPBACK_NAMES = frozenset({LOOPBACK, "localhost", "[::1]"})


def _only_names_of(address: str) -> Middleware:
    """Refuses a foreign name in Host: it may have been made to resolve to this machine, so that a
    foreign site reads the key and the token here through a browser (DNS rebinding)."""
    names = _LOOPBACK_NAMES | {address}

    @web.middleware
    async def refuse_others(request: web.Request, handler: Handler) -> web.StreamResponse:
        name, _, port = request.host.rpartition(":")
        if (name if port.isdecimal() else request.host).lower() not in names:
            raise web.HTTPForbidden(text=f"the Host header must say localhost or {address}\n")
        return await handler(request)

    return refuse_others


def ffmpeg_command(info: api.IngressInfo) -> str:
    """A line that publishes FFmpeg's test picture and a tone to this ingress; FFmpeg 8 for WHIP."""
    picture = (
        "ffmpeg -re -f lavfi -i testsrc2=s=hd720:r=30 -f lavfi -i sine"
        " -c:v libx264 -preset veryfast -b:v 2500k -bf 0 -g 60"
    )
    if info.input_type == api.IngressInput.WHIP_INPUT:
        sound = "-c:a libopus -ar 48000 -ac 2"
        return f"{picture} {sound} -f whip -authorization {info.stream_key} {info.url}"
    return f"{picture} -c:a aac -f flv {info.url}/{info.stream_key}"


class WatchServer:
    """Serves the page for one ingress. `url` is where it can be seen."""

    def __init__(
        self,
        livekit: LiveKitServer,
        info: api.IngressInfo,
        port: int | None = None,
        address: str = LOOPBACK,
        ingress: Ingress | None = None,
    ):
        """`ingress` is asked for the route of the stream, where it has a debug port."""
        self._livekit, self._info, self._ingress_service = livekit, info, ingress
        self._address, self._port = address, port or free_port()
        self._runner: web.AppRunner | None = None
        self.url = f"http://{address}:{self._port}/"

    async def start(self) -> None:
        app = web.Application(middlewares=[_only_names_of(self._address)])
        app.router.add_get("/", self._index)
        app.router.add_get("/livekit-client.js", self._client_library)
        app.router.add_get("/api/session", self._session)
        app.router.add_get("/api/ingress", self._ingress)
        app.router.add_static("/", paths.WATCH_PAGE)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._address, self._port).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _index(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(paths.WATCH_PAGE / "index.html")

    async def _client_library(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(paths.LIVEKIT_CLIENT_JS)

    async def _session(self, _: web.Request) -> web.Response:
        identity = "viewer-" + secrets.token_hex(3)
        return web.json_response(
            {
                "url": self._livekit.viewer_url,
                "token": self._livekit.viewer_token(self._info.room_name, identity),
                "room": self._info.room_name,
                "rtmpUrl": self._info.url,
                "streamKey": self._info.stream_key,
                "ffmpeg": ffmpeg_command(self._info),
            },
            headers={"Cache-Control": "no-store"},
        )

    async def _ingress(self, _: web.Request) -> web.Response:
        async with self._livekit.api() as client:
            found = await client.ingress.list_ingress(
                api.ListIngressRequest(ingress_id=self._info.ingress_id)
            )
        if not found.items:
            return web.json_response({"status": "error", "error": "The ingress was deleted."})
        answer = _describe(found.items[0].state)
        service = self._ingress_service
        dump = await service.dump(self._info.ingress_id) if service else {}
        media = dump.get("media", {})
        answer |= {
            "route": media.get("route", ""),
            "routeReason": media.get("reason", ""),
            "reception": media.get("reception"),  # of a WHIP client
            "transport": _transport(dump.get("handler", {}).get("source") or {}),
        }
        return web.json_response(answer)


def _transport(source: dict) -> dict | None:
    """Of a WHIP client: its address, and what DTLS has agreed on."""
    selected = [pair for pair in source.get("ice", {}).get("pairs", []) if pair["selected"]]
    if not selected:
        return None
    dtls = source["dtls"]
    return {"remote": selected[0]["remote"], "dtls": f"{dtls['version']} {dtls['cipher']}"}


def _describe(state: api.IngressState) -> dict:
    status = api.IngressState.Status.Name(state.status).removeprefix(_STATUS_PREFIX).lower()
    answer: dict = {"status": status, "error": state.error}
    if video := state.video.mime_type:
        codec = video.removeprefix("video/")
        answer["video"] = {"codec": codec, "width": state.video.width, "height": state.video.height}
    if audio := state.audio.mime_type:
        codec = audio.removeprefix("audio/").upper()
        answer["audio"] = {"codec": codec, "sampleRate": state.audio.sample_rate}
    return answer
