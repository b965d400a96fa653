"""A browser shows the picture: Debian's Chromium, headless, on the watch page of script/server."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from livekit import api
from playwright.async_api import Page

from conftest import Publish
from devstack import Stack, until
from devstack.watch import WatchServer
from kit.browser import chromium_page, read_stamp
from kit.clips import SMALL

PICTURE = "#picture"


@pytest.fixture
async def watched(stack: Stack, ingress: api.IngressInfo) -> AsyncIterator[WatchServer]:
    server = WatchServer(stack.livekit, ingress, ingress=stack.ingress)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with chromium_page() as page:
        yield page
    assert page.complaints == []


async def test_a_foreign_name_for_this_machine_gets_no_key(watched: WatchServer):
    async with aiohttp.ClientSession() as client:

        async def status_for(host: str) -> int:
            url = watched.url + "api/session"
            async with client.get(url, headers={"Host": host}) as answer:
                return answer.status

        port = watched.url.rstrip("/").rpartition(":")[2]
        assert await status_for(f"127.0.0.1:{port}") == 200
        assert await status_for("localhost") == 200
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "10.0.0.1"):
            assert await status_for(host) == 403, host


async def wait_state(page: Page, state: str, timeout: float) -> None:
    await page.wait_for_selector(f"#state[data-state={state}]", timeout=timeout * 1000)


async def test_the_page_shows_the_stream_from_waiting_to_end(
    watched: WatchServer, ingress: api.IngressInfo, publish: Publish, page: Page, artifacts: Path
):
    await page.goto(watched.url)
    await wait_state(page, "inactive", 30)
    assert await page.text_content("#stream-key") == ingress.stream_key
    await page.screenshot(path=artifacts / "watch-waiting.png")

    publisher = publish(ingress)
    await wait_state(page, "publishing", 40)
    first = await wait_stamp(page, (1280, 720))
    await wait_stamp(page, (1280, 720), later_than=first + 30)
    await page.screenshot(path=artifacts / "watch-live.png")

    await page.click("#quality label:has-text('Low')")
    await wait_stamp(page, (320, 180))
    await page.screenshot(path=artifacts / "watch-low.png")
    assert "Route:" in await page.text_content("#route")

    assert await page.evaluate("document.querySelector('#picture').muted")
    await page.click("#sound")
    assert not await page.evaluate("document.querySelector('#picture').muted")
    assert await page.get_attribute("#sound", "aria-pressed") == "true"
    await publisher.stop()
    await wait_state(page, "inactive", 20)
    await page.wait_for_selector("#empty", state="visible")


async def wait_stamp(page: Page, size: tuple[int, int], later_than: int = -1) -> int:
    """The number of the first picture of this size that is newer than `later_than`."""
    seen: list = []

    async def shown() -> tuple[int] | None:
        number, now = await read_stamp(page, PICTURE)
        seen.append((number, now))
        return (number,) if number is not None and now == size and number > later_than else None

    found = await until(shown, 40, lambda: f"a picture of {size} after {later_than}; {seen[-5:]}")
    return found[0]


async def test_the_page_shows_why_a_stream_failed(
    watched: WatchServer, lk: api.LiveKitAPI, ingress: api.IngressInfo, publish: Publish, page: Page
):
    await lk.ingress.update_ingress(
        api.UpdateIngressRequest(ingress_id=ingress.ingress_id, enabled=False)
    )
    await page.goto(watched.url)
    await wait_state(page, "inactive", 30)
    publish(ingress, SMALL)
    await wait_state(page, "error", 30)
    assert "disabled" in (await page.text_content("#error")).lower()
