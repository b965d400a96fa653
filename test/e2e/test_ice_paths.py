"""Media finds its way to livekit-server where plain UDP does not reach it."""

from pathlib import Path

from livekit import api

from conftest import LOGS, MakeService, Publish
from devstack import Stack, until
from kit.clips import SMALL
from kit.viewer import Viewer


async def test_media_goes_over_tcp_where_the_server_takes_no_udp(
    make_service: MakeService, artifacts: Path, publish: Publish, room: str
):
    folder = artifacts / "ice-tcp"
    async with Stack(folder, with_ingress=False, livekit_rtc={"force_tcp": True}) as stack:
        LOGS.watch(stack.livekit.process)
        service = make_service(stack.default_ingress_config())
        await until(service.ready, 30, "the service")
        async with stack.api() as lk:
            info = await lk.ingress.create_ingress(
                api.CreateIngressRequest(
                    input_type=api.IngressInput.RTMP_INPUT,
                    room_name=room,
                    participant_identity="encoder",
                )
            )
        info.url = f"rtmp://127.0.0.1:{service.rtmp_port}/live"
        viewer = await Viewer.join(stack.livekit.ws_url, stack.livekit.viewer_token(room, "viewer"))
        try:
            publish(info, SMALL)
            await viewer.running_picture(count=30, timeout=60)
        finally:
            await viewer.leave()
        log = stack.livekit.process.log.read_text(errors="replace")
        publishing = [line for line in log.splitlines() if "publisherCandidates" in line]
        assert any('"connectionType": "tcp"' in line for line in publishing), publishing
