"""The ingress service of this project as a process with a generated configuration."""

import json
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from devstack import http, paths
from devstack.ports import LOOPBACK
from devstack.process import ManagedProcess
from devstack.waiting import until


def listening_ports(pid: int) -> set[int]:
    """Looked up, not tried: a connection without a word would only show in the log."""
    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return set()
    except psutil.AccessDenied:  # it keeps to itself what it has open: whoever listens, then
        connections = psutil.net_connections("tcp")
    return {c.laddr.port for c in connections if c.status == psutil.CONN_LISTEN}


class Ingress:
    """`config` is the whole configuration, by the keys of the YAML file.

    `binary` names another program that takes the same place; its folder leads its PATH.
    `launcher` leads the command line, `env` adds to the environment.
    """

    def __init__(
        self,
        config: dict[str, Any],
        folder: Path,
        name: str = "ingress",
        binary: Path | None = None,
        launcher: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ):
        self.config = config
        self.config_file = folder / f"{name}.yaml"
        program = str(binary or paths.ingress_binary())
        argv = [*launcher, program, "--config", str(self.config_file)]
        path = {"PATH": f"{binary.parent}:{os.environ['PATH']}"} if binary else {}
        # Its processes are looked into, which else only root may.
        open_to_us = {} if os.geteuid() == 0 else {"INGRESS_CORE_DUMPS": "on"}
        environment = path | open_to_us | dict(env or {})
        self.process = ManagedProcess(name, argv, folder / f"{name}.log", environment)

    @property
    def rtmp_port(self) -> int:
        return self.config["rtmp_port"]

    @property
    def rtmp_url(self) -> str:
        return f"rtmp://127.0.0.1:{self.rtmp_port}/live"

    def spawn(self) -> None:
        """Starts without waiting for readiness."""
        self.config_file.parent.mkdir(parents=True, exist_ok=True)
        self.config_file.touch(mode=0o600)
        self.config_file.write_text(json.dumps(self.config, indent=2))  # JSON is YAML
        self.process.start()

    async def start(self, timeout: float = 20) -> None:
        self.spawn()
        await self.process.wait_ready(self.ready, timeout)

    async def stop(self) -> None:
        await self.process.stop(signal.SIGINT)

    async def health(self, path: str = "/") -> http.Answer:
        return await http.get(f"http://{LOOPBACK}:{self.config['health_port']}{path}")

    async def healthy(self) -> bool:
        """Whether it says that it is ready for streams. A program of before /ready, which benches
        compare with, says it at /."""
        answer = await self.health("/ready")
        return (answer if answer.status != 404 else await self.health("/")).status == 200

    async def ready(self) -> bool:
        """Healthy, and listening for encoders."""
        return await self.healthy() and self.rtmp_port in listening_ports(self.process.pid)

    async def metrics(self) -> str:
        """Asked again where a busy machine keeps the answer for long."""
        url = f"http://{LOOPBACK}:{self.config['prometheus_port']}/metrics"

        async def answer() -> str | None:
            got = await http.get(url)
            return got.body if got.status == 200 else None

        return await until(answer, 20, f"an answer of {url}")

    async def media(self, ingress_id: str) -> dict[str, Any]:
        """What the debug page says of the media of this ingress; empty where there is none."""
        return (await self.dump(ingress_id)).get("media", {})

    async def dump(self, ingress_id: str) -> dict[str, Any]:
        """All that it says of the session of this ingress; empty where there is none."""
        port = self.config.get("debug_handler_port")
        if not port:
            return {}
        answer = await http.get(f"http://{LOOPBACK}:{port}/ingress/{ingress_id}")
        return json.loads(answer.body) if answer.status == 200 else {}

    def handlers(self) -> list[psutil.Process]:
        """The processes that the service runs for sessions, the warm ones included."""
        try:
            return psutil.Process(self.process.pid).children()
        except psutil.NoSuchProcess:
            return []
