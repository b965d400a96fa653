"""A path to the ingress on which media gets lost: HTTP as it is, UDP by way of a relay."""

import asyncio
import random
import re
from collections.abc import Callable

from aiohttp import ClientSession, web

from devstack.ports import LOOPBACK

_CANDIDATE = re.compile(r"(a=candidate:\S+ \d+ udp \d+ )(\S+) (\d+)( typ host)", re.IGNORECASE)


def _is_media(datagram: bytes) -> bool:
    """RTP or RTCP, and neither STUN nor DTLS (RFC 7983)."""
    return len(datagram) > 1 and 128 <= datagram[0] <= 191


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, on_datagram: Callable[[bytes, tuple[str, int]], None]):
        self._on_datagram = on_datagram
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._on_datagram(data, addr)


class LossyPath:
    """Stands before the WHIP endpoint `url`, and before the media port that its answers name.

    `loss`: of media and its RTCP, each way, 0 to 1; `way`: seconds each way. Both may be changed.
    """

    def __init__(self, url: str, *, loss: float, way: float, seed: int = 1):
        self.loss, self.way = loss, way
        self.dropped = 0
        self._url = url
        self._random = random.Random(seed)
        self._runner: web.AppRunner | None = None
        self._outside: _Socket | None = None
        self._inside: dict[tuple[str, int], _Socket] = {}  # by client
        self._node: tuple[str, int] | None = None

    async def open(self) -> str:
        """Returns the URL for clients."""
        loop = asyncio.get_running_loop()
        self._outside = _Socket(self._from_client)
        await loop.create_datagram_endpoint(lambda: self._outside, local_addr=(LOOPBACK, 0))
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        return f"http://{LOOPBACK}:{port}/{self._url.split('/', 3)[3]}"

    async def close(self) -> None:
        for each in (self._outside, *self._inside.values()):
            if each and each.transport:
                each.transport.close()
        if self._runner:
            await self._runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.Response:
        target = "/".join(self._url.split("/", 3)[:3]) + request.path_qs
        kept = ("content-type", "authorization", "if-match")
        headers = {name: value for name, value in request.headers.items() if name.lower() in kept}
        async with (
            ClientSession() as session,
            session.request(
                request.method, target, data=await request.read() or None, headers=headers
            ) as answer,
        ):
            body = _CANDIDATE.sub(self._divert, await answer.text())
            shown = ("content-type", "location", "etag")
            headers = {n: v for n, v in answer.headers.items() if n.lower() in shown}
            return web.Response(status=answer.status, body=body.encode(), headers=headers)

    def _divert(self, candidate: re.Match[str]) -> str:
        self._node = (candidate[2], int(candidate[3]))
        assert self._outside
        assert self._outside.transport
        port = self._outside.transport.get_extra_info("sockname")[1]
        return f"{candidate[1]}{LOOPBACK} {port}{candidate[4]}"

    def _from_client(self, datagram: bytes, client: tuple[str, int]) -> None:
        inside = self._inside.get(client)
        if inside is None:
            inside = _Socket(lambda data, _: self._send(self._outside, data, client))
            self._inside[client] = inside
            asyncio.ensure_future(self._begin(inside, datagram))
        elif inside.transport:
            self._send(inside, datagram, self._node)

    async def _begin(self, inside: _Socket, first: bytes) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: inside, local_addr=(LOOPBACK, 0))
        self._send(inside, first, self._node)

    def _send(self, socket: _Socket | None, data: bytes, to: tuple[str, int] | None) -> None:
        if _is_media(data) and self._random.random() < self.loss:
            self.dropped += 1
            return
        asyncio.get_running_loop().call_later(self.way, self._send_now, socket, data, to)

    @staticmethod
    def _send_now(socket: _Socket | None, data: bytes, to: tuple[str, int] | None) -> None:
        if socket and socket.transport and not socket.transport.is_closing():
            socket.transport.sendto(data, to)
