"""Chromium as a WHIP publisher: numbered pictures and a tone of a page of its own."""

from pathlib import Path
from typing import Any

from livekit import api
from playwright.async_api import Page

_SCRIPT = Path(__file__).with_name("whip_page.js")


class BrowserWhip:
    """Publishes from `page`, which is left blank but for this."""

    def __init__(self, page: Page):
        self._page = page

    async def publish(
        self,
        info: api.IngressInfo,
        width: int = 640,
        height: int = 360,
        encodings: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """`encodings`: those of simulcast. What the endpoint has answered."""
        await self._page.add_script_tag(content=_SCRIPT.read_text())
        options = {"url": info.url, "key": info.stream_key, "width": width, "height": height}
        return await self._call("publish", options | {"encodings": encodings or [{}]})

    async def restart(self) -> dict[str, Any]:
        """Restarts ICE."""
        return await self._call("restart")

    async def stop(self) -> int:
        return await self._call("stop")

    async def set_active(self, rid: str, active: bool) -> None:
        """A layer of simulcast pauses or goes on."""
        await self._call("setActive", [rid, active])

    async def state(self) -> str:
        """Of the connection: "connected", "closed" and the like."""
        return await self._call("state")

    async def transport_state(self) -> str:
        """Of DTLS: "connected", "closed" and the like."""
        return await self._call("transportState")

    async def stats(self) -> dict[str, Any]:
        return await self._call("stats")

    async def _call(self, name: str, *arguments: Any) -> Any:
        return await self._page.evaluate(f"(options) => window.whip.{name}(options)", *arguments)
