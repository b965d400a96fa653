"""What operators see of how a WHIP client's packets arrive."""

import json
import re
from pathlib import Path

from livekit import api

from conftest import LOGS, MakeIngress, Watch
from devstack import Stack, until
from devstack.watch import WatchServer
from kit.browser import chromium_page
from kit.clips import SMALL
from kit.debug_pages import look_into, only_session
from kit.lossy_path import LossyPath
from kit.whip import FfmpegWhip


def value(metrics: str, name: str, label: str = "") -> float:
    """Of the series of that name with that label."""
    series = rf"^livekit_ingress_{name}\{{[^}}]*{label}[^}}]*\}} (\S+)$"
    (found,) = re.findall(series, metrics, re.MULTILINE)
    return float(found)


async def test_losses_and_repairs_are_shown(
    stack: Stack, clips: None, artifacts: Path, make_ingress: MakeIngress, watch: Watch
):
    info = await make_ingress(input_type=api.IngressInput.WHIP_INPUT)
    viewer = await watch()
    path = LossyPath(info.url, loss=0.05, way=0.02)
    through = api.IngressInfo(url=await path.open(), stream_key=info.stream_key)
    publisher = FfmpegWhip(SMALL, through, artifacts / "ffmpeg" / "reception.log")
    publisher.start()
    LOGS.watch(publisher.process)
    port = stack.ingress.config["debug_handler_port"]
    page = WatchServer(stack.livekit, info, ingress=stack.ingress)
    await page.start()
    try:
        await viewer.running_picture(count=60, timeout=40)

        async def repaired() -> dict | None:
            reception = (await stack.ingress.media(info.ingress_id))["reception"]
            return reception if reception["repaired"] >= 10 else None

        reception = await until(repaired, 30, "packets that were repaired")
        assert reception["protocol"] == "udp"
        assert reception["feedback"]["nack"] > 0
        assert 35 <= reception["repairMs"] <= 300, "twice the way of 20 ms, and what FFmpeg adds"

        body = (await look_into(port, (await only_session(port))["resourceID"])).body
        source = json.loads(body)["handler"]["source"]
        (pair,) = [pair for pair in source["ice"]["pairs"] if pair["selected"]]
        assert (pair["protocol"], pair["remote"].split(":")[0]) == ("udp", "127.0.0.1")
        assert source["dtls"]["state"] == "connected"
        assert source["dtls"]["version"] == "DTLSv1.2"
        assert {stream["kind"] for stream in source["streams"]} == {"video", "audio"}
        assert info.stream_key not in body

        async def counted() -> str | None:
            metrics = await stack.ingress.metrics()
            return metrics if value(metrics, "whip_packets_total", 'result="repaired"') else None

        metrics = await until(counted, 10, "repaired packets in the metrics")
        assert value(metrics, "whip_packets_total", 'result="received"') > 100
        assert value(metrics, "whip_feedback_total", 'kind="nack"') > 0
        assert value(metrics, "whip_clients", 'protocol="udp"') == 1
        assert value(metrics, "whip_repair_seconds") > 0.03
        assert value(metrics, "received_bytes_total") > 10_000

        async with chromium_page() as browser:
            await browser.goto(page.url)
            shown = await browser.wait_for_selector("#reception", state="visible", timeout=30_000)
            words = await shown.text_content()
        found = re.match(r"WHIP over UDP: (\S+) % of the packets lost, (\d+) repaired in", words)
        assert float(found[1]) < 5
        assert int(found[2]) >= 10
        assert f"From {pair['remote']}, DTLSv1.2 " in words
    finally:
        await page.stop()
        await publisher.stop()
        await path.close()
