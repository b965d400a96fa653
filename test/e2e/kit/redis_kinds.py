"""Redis in the shapes that a cluster may have: over TLS, guarded by sentinels, in three parts.

Each has `config`, the section `redis` of ingress and livekit-server alike.
"""

import asyncio
import contextlib
import signal
import subprocess
from pathlib import Path
from typing import Any

import redis.asyncio

from devstack import ManagedProcess, free_ports, until

_HOST = "127.0.0.1"
_COMMON = ["--bind", _HOST, "--save", "", "--appendonly", "no", "--daemonize", "no"]


class _Servers:
    """Some redis-server processes; starts on entry, stops on exit."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.processes: list[ManagedProcess] = []

    def spawn(self, name: str, *arguments: str) -> ManagedProcess:
        self.folder.mkdir(parents=True, exist_ok=True)
        argv = ["redis-server", *arguments]
        process = ManagedProcess(name, argv, self.folder / f"{name}.log")
        process.start()
        self.processes.append(process)
        return process

    async def __aexit__(self, *_: object) -> None:
        for process in self.processes:
            await process.stop()


class TlsRedis(_Servers):
    """One server that speaks nothing but TLS, wants a client certificate and a password."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self._port = free_ports(1)[0]
        self.config: dict[str, Any] = {
            "address": f"localhost:{self._port}",
            "password": "only-for-this-test",
            "tls": {
                "enabled": True,
                "ca_cert_file": str(folder / "ca.crt"),
                "client_cert_file": str(folder / "peer.crt"),
                "client_key_file": str(folder / "peer.key"),
            },
        }

    async def __aenter__(self) -> "TlsRedis":
        self.folder.mkdir(parents=True, exist_ok=True)
        self._make_certificates()
        tls = ["--tls-port", str(self._port), "--port", "0"]
        tls += ["--tls-cert-file", "peer.crt", "--tls-key-file", "peer.key"]
        tls += ["--tls-ca-cert-file", "ca.crt", "--requirepass", self.config["password"]]
        process = self.spawn("redis-tls", *_COMMON, "--dir", str(self.folder), *tls)
        await process.wait_log("Ready to accept connections", 10)
        return self

    def _make_certificates(self) -> None:
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        self._openssl(
            "req", "-x509", *key, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.crt"
        )
        names = ["-addext", "subjectAltName=DNS:localhost", "-subj", "/CN=localhost"]
        signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-keyout", "peer.key", "-out", "peer.crt"]
        self._openssl("req", "-x509", *key, *names, *signed)

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


class GuardedRedis(_Servers):
    """A master, a replica, and three sentinels that agree within seconds on who is master."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self._ports = free_ports(5)
        self.master_port, self.replica_port, *sentinels = self._ports
        self.config: dict[str, Any] = {
            "sentinel_master_name": "main",
            "sentinel_addresses": [f"{_HOST}:{port}" for port in sentinels],
        }

    async def __aenter__(self) -> "GuardedRedis":
        self.master = self.spawn(
            "redis-master", *_COMMON, "--dir", str(self.folder), "--port", str(self.master_port)
        )
        replica = [*_COMMON, "--dir", str(self.folder), "--port", str(self.replica_port)]
        self.spawn("redis-replica", *replica, "--replicaof", _HOST, str(self.master_port))
        for port in self._ports[2:]:
            self._spawn_sentinel(port)
        await until(self._guarded, 20, "sentinels that know master, replica and each other")
        return self

    async def fail_over(self) -> None:
        """Kills the master once the replica has all it has, and waits for the new master."""
        async with redis.asyncio.Redis(host=_HOST, port=self.master_port) as master:
            await master.wait(1, 5000)
        await self.master.stop(signal.SIGKILL)

        async def promoted() -> bool:
            async with self._sentinel(self._ports[2]) as sentinel:
                where = await sentinel.sentinel_get_master_addr_by_name("main")
                return where == (_HOST, self.replica_port)

        await until(promoted, 30, "the replica being the master")

    def _spawn_sentinel(self, port: int) -> None:
        file = self.folder / f"sentinel-{port}.conf"
        file.write_text(
            f"port {port}\nbind {_HOST}\n"
            f"sentinel monitor main {_HOST} {self.master_port} 2\n"
            "sentinel down-after-milliseconds main 1000\n"
            "sentinel failover-timeout main 5000\n"
        )
        self.spawn(f"sentinel-{port}", str(file), "--sentinel")

    def _sentinel(self, port: int) -> redis.asyncio.Redis:
        return redis.asyncio.Redis(host=_HOST, port=port, decode_responses=True)

    async def _guarded(self) -> bool:
        with contextlib.suppress(redis.RedisError):
            for port in self._ports[2:]:
                async with self._sentinel(port) as sentinel:
                    state = await sentinel.sentinel_master("main")
                    if int(state["num-slaves"]) < 1 or int(state["num-other-sentinels"]) < 2:
                        return False
            return True
        return False


class ClusteredRedis(_Servers):
    """Three masters that share the slots."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self._ports = free_ports(3)
        self.config: dict[str, Any] = {
            "cluster_addresses": [f"{_HOST}:{port}" for port in self._ports],
        }

    async def __aenter__(self) -> "ClusteredRedis":
        buses = free_ports(3)
        for port, bus in zip(self._ports, buses, strict=True):
            place = self.folder / str(port)
            place.mkdir(parents=True, exist_ok=True)
            cluster = ["--cluster-enabled", "yes", "--cluster-port", str(bus)]
            argv = [*_COMMON, "--dir", str(place), "--port", str(port), *cluster]
            process = self.spawn(f"redis-{port}", *argv)
            await process.wait_log("Ready to accept connections", 10)
        addresses = self.config["cluster_addresses"]
        create = ["redis-cli", "--cluster", "create", *addresses, "--cluster-yes"]
        await asyncio.to_thread(subprocess.run, create, check=True, capture_output=True)
        await until(self._whole, 20, "a cluster whose slots are all served")
        return self

    async def _whole(self) -> bool:
        for port in self._ports:
            argv = ["redis-cli", "-p", str(port), "cluster", "info"]
            said = await asyncio.to_thread(subprocess.run, argv, capture_output=True, check=True)
            if b"cluster_state:ok" not in said.stdout:
                return False
        return True
