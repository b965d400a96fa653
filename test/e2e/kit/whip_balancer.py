"""A balancer before WHIP nodes that sends a session's requests to another node than its POST."""

from aiohttp import ClientSession, web

from devstack.ports import LOOPBACK

_PASSED_ON = ("Authorization", "Content-Type", "If-Match")


class WhipBalancer:
    """`creates` gets what publishes, `follows` all else; both are "http://host:port"."""

    def __init__(self, creates: str, follows: str):
        self._creates, self._follows = creates, follows
        self._runner: web.AppRunner | None = None
        self.followed: list[tuple[str, int]] = []  # method and status of the answer

    async def open(self) -> str:
        """Returns the URL of the endpoint for clients."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, 0)
        await site.start()
        return f"http://{LOOPBACK}:{site._server.sockets[0].getsockname()[1]}/w"

    async def close(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.Response:
        node = self._creates if request.method == "POST" else self._follows
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        async with (
            ClientSession() as session,
            session.request(
                request.method, node + request.path, data=await request.read(), headers=headers
            ) as answer,
        ):
            if request.method != "POST":
                self.followed.append((request.method, answer.status))
            body = await answer.read()
            told = {k: v for k, v in answer.headers.items() if k not in _HOP_BY_HOP}
            return web.Response(status=answer.status, body=body, headers=told)


_HOP_BY_HOP = ("Content-Length", "Connection", "Transfer-Encoding", "Date")
