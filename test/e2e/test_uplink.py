"""A narrow way to livekit-server: what does not fit is left out, and comes back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from conftest import MakeApart, MakeIngress, Publish, Watch
from devstack import Ingress, Stack
from kit.clips import FULL, WITH_B_FRAMES, Clip
from kit.measure import out_of_order
from kit.own_network import OwnNetwork, UdpWay
from kit.viewer import Viewer

HD, MIDDLE = (1280, 720), (640, 360)
LIMITS = r"the uplink limits the layers.* layers="


@dataclass(frozen=True)
class Apart:
    """An ingress whose media has one way to the SFU."""

    service: Ingress
    uplink: UdpWay


@pytest.fixture
async def apart(servers: Stack, make_apart: MakeApart, own_network: OwnNetwork) -> Apart:
    uplink = own_network.let_out_udp(servers.ports.livekit_rtc_udp)
    return Apart(await make_apart(servers), uplink)


WatchedThrough = Callable[[Apart, Clip], Awaitable[Viewer]]


@pytest.fixture
def watched_through(make_ingress: MakeIngress, publish: Publish, watch: Watch) -> WatchedThrough:
    """Publishes a clip to an ingress apart; returns a viewer who has its largest layer."""

    async def start(apart: Apart, clip: Clip) -> Viewer:
        info = await make_ingress()
        info.url = apart.service.rtmp_url
        viewer = await watch()
        publish(info, clip)
        await viewer.running_picture(HD, count=30, timeout=40)
        return viewer

    return start


async def test_a_narrow_uplink_costs_the_largest_layer_until_it_is_wide_again(
    apart: Apart, watched_through: WatchedThrough
):
    viewer = await watched_through(apart, FULL)

    apart.uplink.limit = 1_200_000  # the source alone sends 1.5 Mbit/s
    await apart.service.process.wait_log(LIMITS + "(180p,)?360p$", 20)
    smaller = await viewer.running_picture(MIDDLE, count=90, timeout=30)
    assert out_of_order(smaller) == []

    apart.uplink.limit = None
    larger = await viewer.running_picture(HD, count=60, timeout=40)
    assert out_of_order(larger) == []


async def test_a_slightly_narrow_uplink_costs_bitrate_and_no_layer(
    apart: Apart, watched_through: WatchedThrough
):
    viewer = await watched_through(apart, WITH_B_FRAMES)

    apart.uplink.limit = 2_500_000  # all layers together take 2.8 Mbit/s
    await apart.service.process.wait_log(LIMITS + "180p,360p,720p$", 30)
    lowered = await viewer.running_picture(HD, count=150, timeout=40)
    assert out_of_order(lowered) == []
