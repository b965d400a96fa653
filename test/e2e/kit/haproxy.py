"""HAProxy in front of ingress nodes."""

from collections.abc import Sequence
from pathlib import Path

import psutil

from devstack import Ingress, ManagedProcess, free_ports, until
from devstack.ports import LOOPBACK


class Balancer:
    """Passes connections on to `nodes`, each in turn, over loopback.

    `server_options` are those of HAProxy's server lines, such as `send-proxy-v2`; `address` is
    where it listens. It asks the nodes' health pages, or `by_connecting` to the RTMP port itself.
    `tls`: encoders speak RTMPS through it.
    """

    def __init__(
        self,
        nodes: Sequence[Ingress],
        folder: Path,
        server_options: str = "",
        address: str = LOOPBACK,
        by_connecting: bool = False,
        tls: bool = False,
    ):
        self._port = free_ports(1)[0]
        host = f"[{address}]" if ":" in address else address
        self.url = f"{'rtmps' if tls else 'rtmp'}://{host}:{self._port}/live"
        check = "" if by_connecting else "  option httpchk GET /availability\n"
        servers = "\n".join(
            f"  server node{i} {LOOPBACK}:{node.config['rtmps_port'] if tls else node.rtmp_port}"
            f" check inter 200ms fall 1 port "
            f"{node.rtmp_port if by_connecting else node.config['health_port']} {server_options}"
            for i, node in enumerate(nodes)
        )
        self._file = folder / "haproxy.cfg"
        self._text = (
            "global\n  maxconn 100\n"
            "defaults\n  mode tcp\n  timeout connect 1s\n  timeout client 1h\n"
            "  timeout server 1h\n  option redispatch\n  retries 3\n"
            f"listen rtmp\n  bind {address}:{self._port}\n  balance roundrobin\n"
            f"{check}{servers}\n"
        )
        argv = ["haproxy", "-db", "-f", str(self._file)]
        self.process = ManagedProcess("haproxy", argv, folder / "haproxy.log")

    async def start(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(self._text)
        self.process.start()
        await until(self._listens, 10, "haproxy")

    def _listens(self) -> bool:
        connections = psutil.Process(self.process.pid).net_connections("tcp")
        return any(c.laddr.port == self._port for c in connections)
