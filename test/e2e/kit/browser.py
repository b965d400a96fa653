"""Debian's Chromium, headless, as a viewer with livekit-client."""

import base64
import contextlib
from collections.abc import AsyncIterator

import numpy as np
from playwright.async_api import Page, async_playwright

from kit import stamp

_EXECUTABLE = "/usr/bin/chromium"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
    # Loopback is the only network of the tests: offer it as it is.
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]

# The luma of the picture that a <video> shows now, as base64; empty before the first picture.
_GRAB_LUMA = """
(selector) => {
  const video = document.querySelector(selector);
  const [width, height] = [video.videoWidth, video.videoHeight];
  if (!width) return { width, height, luma: '' };
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  const rows = Math.ceil(width / 32 * 3);  // the stamp lies in the first three cells
  const rgba = context.getImageData(0, 0, width, rows).data;
  let luma = '';
  for (let i = 0; i < rgba.length; i += 4) {
    const y = 0.213 * rgba[i] + 0.715 * rgba[i + 1] + 0.072 * rgba[i + 2];
    luma += String.fromCharCode(y);
  }
  return { width, height, luma: btoa(luma) };
}
"""


@contextlib.asynccontextmanager
async def chromium_page(width: int = 1280, height: int = 1000) -> AsyncIterator[Page]:
    """A blank page; complaints of the page end up in `page.complaints`."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=_EXECUTABLE, args=_ARGUMENTS, headless=True
        )
        page = await browser.new_page(viewport={"width": width, "height": height})
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        try:
            yield page
        finally:
            await browser.close()


async def read_stamp(page: Page, selector: str) -> tuple[int | None, tuple[int, int]]:
    """Number and size of the picture that the <video> shows now."""
    grabbed = await page.evaluate(_GRAB_LUMA, selector)
    size = grabbed["width"], grabbed["height"]
    if not grabbed["luma"]:
        return None, size
    luma = np.frombuffer(base64.b64decode(grabbed["luma"]), np.uint8).reshape(-1, size[0])
    return stamp.read(luma), size
