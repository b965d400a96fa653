"""Redis, livekit-server and the ingress as one thing."""

import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livekit import api

from devstack.ingress import Ingress
from devstack.livekit_server import LiveKitServer
from devstack.ports import LOOPBACK, free_ports, preferred_port
from devstack.process import ManagedProcess
from devstack.redis import Redis


@dataclass(frozen=True)
class Ports:
    redis: int
    livekit: int
    livekit_rtc_tcp: int
    livekit_rtc_udp: int
    rtmp: int
    relay: int
    health: int
    metrics: int
    whip: int
    whip_udp: int

    @classmethod
    def free(cls) -> "Ports":
        """Any free ports: many stacks can run side by side."""
        redis, livekit, rtc_tcp, *ours = free_ports(8)
        rtc_udp, whip_udp = free_ports(2, socket.SOCK_DGRAM)
        return cls(redis, livekit, rtc_tcp, rtc_udp, *ours, whip_udp)

    @classmethod
    def usual(cls) -> "Ports":
        """The well-known ports for what a person types; free ones where those are taken."""
        usual = {"rtmp": 1935, "livekit": 7880, "livekit_rtc_tcp": 7881, "whip": 8085}
        taken = {name: preferred_port(port) for name, port in usual.items()}
        for name, port in {"livekit_rtc_udp": 7882, "whip_udp": 7885}.items():
            taken[name] = preferred_port(port, socket.SOCK_DGRAM)
        return cls(**{**vars(cls.free()), **taken})


class Stack:
    """Starts on entry, stops on exit; `folder` takes configurations and logs.

    `ingress_config` adds to or replaces keys of the ingress configuration, `livekit_rtc` those of
    livekit-server's rtc section; `livekit_turn` is its turn section. `ingress_binary` is another
    program in the ingress' place. `address` is where encoders and browsers reach it. `with_whip`
    has the ingress take WHIP, too.
    """

    def __init__(
        self,
        folder: Path,
        ports: Ports | None = None,
        ingress_config: dict[str, Any] | None = None,
        with_ingress: bool = True,
        livekit_rtc: dict[str, Any] | None = None,
        livekit_turn: dict[str, Any] | None = None,
        ingress_binary: Path | None = None,
        address: str = LOOPBACK,
        with_whip: bool = False,
    ):
        self.folder = folder
        self.ports = ports or Ports.free()
        self.key = "dev" + secrets.token_hex(6)
        self.secret = secrets.token_hex(32)
        self.rtmp_base_url = f"rtmp://{address}:{self.ports.rtmp}/live"
        self.address = address
        self.redis = Redis(self.ports.redis, folder)
        self.livekit = LiveKitServer(
            port=self.ports.livekit,
            rtc_tcp_port=self.ports.livekit_rtc_tcp,
            rtc_udp_port=self.ports.livekit_rtc_udp,
            redis={"address": self.redis.address},
            rtmp_base_url=self.rtmp_base_url,
            whip_base_url=f"http://{address}:{self.ports.whip}/w",
            key=self.key,
            secret=self.secret,
            folder=folder,
            rtc=livekit_rtc,
            turn=livekit_turn,
            address=address,
        )
        config = self.default_ingress_config() | (self.whip_config() if with_whip else {})
        config |= ingress_config or {}
        self.ingress = Ingress(config, folder, binary=ingress_binary)
        self._with_ingress = with_ingress

    def default_ingress_config(self) -> dict[str, Any]:
        return {
            "api_key": self.key,
            "api_secret": self.secret,
            "ws_url": self.livekit.ws_url,
            "redis": {"address": self.redis.address},
            "rtmp_port": self.ports.rtmp,
            "whip_port": -1,
            "http_relay_port": self.ports.relay,
            "health_port": self.ports.health,
            "prometheus_port": self.ports.metrics,
            "logging": {"level": "info", "json": False},
        }

    def whip_config(self) -> dict[str, Any]:
        """What a configuration needs beside the default one to take WHIP."""
        rtc = {"udp_port": self.ports.whip_udp, "node_ip": self.address}
        return {"whip_port": self.ports.whip, "rtc_config": rtc}

    @property
    def processes(self) -> list[ManagedProcess]:
        return [self.redis.process, self.livekit.process, self.ingress.process]

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            await self.redis.start()
            await self.livekit.start()
            if self._with_ingress:
                await self.ingress.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        await self.ingress.stop()
        await self.livekit.stop()
        await self.redis.stop()

    async def __aenter__(self) -> "Stack":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def api(self) -> api.LiveKitAPI:
        """A client of livekit-server's API; use it as an async context."""
        return self.livekit.api()
