"""A browser publishes by WHIP; a libwebrtc viewer in the room judges what arrives."""

import time
from collections.abc import AsyncIterator

import pytest
from livekit import api, rtc
from playwright.async_api import Page

from conftest import MakeIngress, Watch
from devstack import Stack, until
from kit.browser import chromium_page
from kit.measure import numbers
from kit.routes import IDLE, PASS_THROUGH, routes, transcoders
from kit.viewer import HIGH, LOW, MEDIUM
from kit.whip_browser import BrowserWhip

FPS = 30
SIZES = {HIGH: (1280, 720), MEDIUM: (640, 360), LOW: (320, 180)}
SIMULCAST = [
    {"rid": "q", "scaleResolutionDownBy": 4},
    {"rid": "h", "scaleResolutionDownBy": 2},
    {"rid": "f", "scaleResolutionDownBy": 1},
]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with chromium_page() as page:
        yield page
    assert page.complaints == []


@pytest.fixture
async def whip_ingress(make_ingress: MakeIngress) -> api.IngressInfo:
    return await make_ingress(input_type=api.IngressInput.WHIP_INPUT)


async def test_a_browser_publishes(whip_ingress: api.IngressInfo, watch: Watch, page: Page):
    viewer = await watch()
    browser = BrowserWhip(page)
    answer = await browser.publish(whip_ingress)
    assert answer["status"] == 201, answer
    assert answer["tag"].startswith('"'), "a page of another origin reads ETag and Location"
    await viewer.running_picture(size=(640, 360), count=2 * FPS, timeout=40)
    begun = len(viewer.frames)

    restarted = await browser.restart()
    assert restarted["status"] == 200
    assert restarted["tag"] != answer["tag"]
    await viewer.running_picture(size=(640, 360), count=3 * FPS)
    shown = numbers(viewer.frames[begun:])
    assert shown == sorted(shown)
    assert await browser.state() == "connected"

    # It answers requests for key frames: who comes later need not wait for one.
    late = await watch("late")
    joined = time.monotonic()
    await late.running_picture(count=1, timeout=20)
    assert time.monotonic() - joined < 5

    assert await browser.stop() == 200
    await until(lambda: "encoder" not in viewer.identities(), 5, "the browser gone from the room")


async def test_a_browser_hears_the_end(
    whip_ingress: api.IngressInfo, lk: api.LiveKitAPI, watch: Watch, page: Page
):
    viewer = await watch()
    browser = BrowserWhip(page)
    await browser.publish(whip_ingress)
    await viewer.running_picture(count=5, timeout=40)
    await lk.ingress.delete_ingress(api.DeleteIngressRequest(ingress_id=whip_ingress.ingress_id))

    async def closed() -> bool:
        return await browser.transport_state() == "closed"

    await until(closed, 5, "close_notify")


async def test_the_bandwidth_of_a_browser_grows(
    whip_ingress: api.IngressInfo, watch: Watch, page: Page
):
    viewer = await watch()
    browser = BrowserWhip(page)
    await browser.publish(whip_ingress, width=1280, height=720)
    await viewer.running_picture(size=(1280, 720), count=FPS, timeout=40)

    async def grown() -> bool:
        return (await browser.stats())["bandwidth"] >= 1_500_000

    await until(grown, 15, "an estimate beyond the 300 kbit/s that a browser starts with")


async def test_a_browsers_layers_are_the_tracks(
    stack: Stack, whip_ingress: api.IngressInfo, watch: Watch, page: Page
):
    viewer = await watch()
    browser = BrowserWhip(page)
    answer = await browser.publish(whip_ingress, width=1280, height=720, encodings=SIMULCAST)
    assert answer["status"] == 201, answer
    await viewer.running_picture(SIZES[HIGH], count=2 * FPS, timeout=40)
    video = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    assert video.simulcasted
    assert (video.width, video.height) == SIZES[HIGH]
    for quality in (LOW, MEDIUM, HIGH):
        video.set_video_quality(quality)
        frames = await viewer.running_picture(SIZES[quality], count=2 * FPS, timeout=40)
        shown = numbers(frames)
        assert shown == sorted(shown)
    low = await watch("low-viewer")
    of_low = await low.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    of_low.set_video_quality(LOW)
    await low.running_picture(SIZES[LOW], count=FPS, timeout=40)
    await viewer.running_picture(SIZES[HIGH], count=FPS, timeout=40)

    # A layer that pauses takes nobody's picture away, the only one that is wanted neither.
    video.set_video_quality(LOW)
    await viewer.running_picture(SIZES[LOW], count=FPS, timeout=40)
    await browser.set_active("q", False)
    await viewer.running_picture(count=FPS, timeout=20)
    await browser.set_active("q", True)
    await viewer.running_picture(SIZES[LOW], count=FPS, timeout=40)
    video.set_video_quality(HIGH)
    await viewer.running_picture(SIZES[HIGH], count=FPS, timeout=40)
    await browser.set_active("f", False)
    await viewer.running_picture(SIZES[MEDIUM], count=FPS, timeout=20)
    await browser.set_active("f", True)
    await viewer.running_picture(SIZES[HIGH], count=FPS, timeout=40)
    assert transcoders(stack) == []
    assert set(routes(stack, whip_ingress)) <= {IDLE, PASS_THROUGH}


async def test_a_browsers_largest_layer_goes_into_the_transcoder(
    make_ingress: MakeIngress, watch: Watch, page: Page
):
    info = await make_ingress(input_type=api.IngressInput.WHIP_INPUT, enable_transcoding=True)
    viewer = await watch()
    browser = BrowserWhip(page)
    answer = await browser.publish(info, width=1280, height=720, encodings=SIMULCAST)
    assert answer["status"] == 201, answer
    await viewer.running_picture(SIZES[HIGH], count=2 * FPS, timeout=40)
    sent = {rid for rid, width, frames in (await browser.stats())["sizes"] if frames > 0}
    assert sent == {"q", "h", "f"}, "the browser sends all three"
    video = await viewer.publication("encoder", rtc.TrackKind.KIND_VIDEO)
    video.set_video_quality(LOW)
    await viewer.running_picture(SIZES[LOW], count=FPS, timeout=40)
