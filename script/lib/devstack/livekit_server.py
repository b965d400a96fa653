"""livekit-server: on loopback, with ICE on its interface only, or at an address for others too."""

import json
from pathlib import Path
from typing import Any

import aiohttp
from livekit import api

from devstack import http, paths
from devstack.ports import LOOPBACK
from devstack.process import ManagedProcess


class LiveKitServer:
    def __init__(
        self,
        *,
        port: int,
        rtc_tcp_port: int,
        rtc_udp_port: int,
        redis: dict[str, Any],
        rtmp_base_url: str,
        whip_base_url: str,
        key: str,
        secret: str,
        folder: Path,
        rtc: dict[str, Any] | None = None,
        turn: dict[str, Any] | None = None,
        address: str = LOOPBACK,
    ):
        """`rtc` adds to or replaces keys of the server's rtc configuration; `turn` is the server's
        section of that name. `address` is where browsers reach it."""
        self.key, self.secret = key, secret
        self.ws_url = f"ws://{LOOPBACK}:{port}"
        self.http_url = f"http://{LOOPBACK}:{port}"
        self.viewer_url = f"ws://{address}:{port}"
        only_loopback = {"interfaces": {"includes": ["lo"]}} if address == LOOPBACK else {}
        config = {
            "port": port,
            "bind_addresses": sorted({LOOPBACK, address}),
            "rtc": {
                "tcp_port": rtc_tcp_port,
                "udp_port": rtc_udp_port,
                "node_ip": address,
                "use_external_ip": False,
                "enable_loopback_candidate": True,
            }
            | only_loopback
            | (rtc or {}),
            "redis": redis,
            "keys": {key: secret},
            "ingress": {"rtmp_base_url": rtmp_base_url, "whip_base_url": whip_base_url},
            "turn": turn or {},
            "logging": {"level": "info", "json": False},
        }
        self._config_file = folder / "livekit-server.yaml"
        self._config_text = json.dumps(config, indent=2)  # JSON is YAML
        argv = [str(paths.LIVEKIT_SERVER), "--config", str(self._config_file)]
        self.process = ManagedProcess("livekit-server", argv, folder / "livekit-server.log")

    async def start(self, timeout: float = 20) -> None:
        self._config_file.parent.mkdir(parents=True, exist_ok=True)
        self._config_file.touch(mode=0o600)
        self._config_file.write_text(self._config_text)
        self.process.start()
        await self.process.wait_ready(self._answers, timeout)

    async def stop(self) -> None:
        # A second of patience: with participants in a room it would drain for minutes.
        await self.process.stop(grace=1)

    def api(self, session: aiohttp.ClientSession | None = None) -> api.LiveKitAPI:
        return api.LiveKitAPI(self.http_url, self.key, self.secret, session=session)

    def viewer_token(self, room: str, identity: str, *, publish: bool = False) -> str:
        """A token that lets `identity` join `room`, to watch only unless `publish`."""
        grants = api.VideoGrants(
            room_join=True, room=room, can_publish=publish, can_publish_data=False
        )
        token = api.AccessToken(self.key, self.secret).with_identity(identity)
        return token.with_name(identity).with_grants(grants).to_jwt()

    async def _answers(self) -> bool:
        return (await http.get(self.http_url)).status == 200
