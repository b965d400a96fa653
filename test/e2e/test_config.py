"""The configuration: where it may come from, and words for what is wrong with it."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from conftest import Live
from devstack import Ingress, ManagedProcess, Stack, free_ports, until
from devstack.paths import ingress_binary

REFUSED = {
    "no-configuration": ({}, r"config"),
    "not-yaml": ({"INGRESS_CONFIG_BODY": "rtmp_port: [1"}, r"line|yaml"),
    "unknown-key": ({"INGRESS_CONFIG_BODY": "rtmp_prot: 1935"}, r"rtmp_port"),
    "wrong-type": ({"INGRESS_CONFIG_BODY": "rtmp_port: often"}, r"rtmp_port"),
    "no-redis": ({"INGRESS_CONFIG_BODY": "api_key: a\napi_secret: b\nws_url: ws://x"}, r"redis"),
}


def run_ingress(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    """Runs the program to its end, in an environment without settings of ours."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("INGRESS_", "LIVEKIT_"))}
    return subprocess.run(
        [ingress_binary(), *arguments],
        env=clean | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=20,
    )


@pytest.mark.parametrize(("environment", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_configuration_is_refused_with_words(environment: dict[str, str], words: str):
    ended = run_ingress(environment)
    assert ended.returncode != 0
    assert re.search(words, ended.stdout, re.IGNORECASE), ended.stdout


def test_a_missing_file_is_named():
    ended = run_ingress({}, "--config", "/nowhere/ingress.yaml")
    assert ended.returncode != 0
    assert "/nowhere/ingress.yaml" in ended.stdout


def test_version_and_help_are_told():
    assert run_ingress({}, "--version").returncode == 0
    told = run_ingress({}, "--help")
    assert told.returncode == 0
    assert "--config" in told.stdout


async def test_the_body_in_the_environment_is_enough(servers: Stack, artifacts: Path):
    config = servers.default_ingress_config()
    config["rtmp_port"], config["http_relay_port"], config["health_port"] = free_ports(3)
    config["prometheus_port"] = 0
    secrets = {"LIVEKIT_API_KEY": config.pop("api_key")}
    secrets["LIVEKIT_API_SECRET"] = config.pop("api_secret")
    process = ManagedProcess(
        "ingress-body",
        [str(ingress_binary())],
        artifacts / "services" / "body.log",
        {"INGRESS_CONFIG_BODY": json.dumps(config)} | secrets,
    )
    process.start()
    try:
        reference = Ingress(config, artifacts)
        await process.wait_ready(reference.healthy, 20)
    finally:
        await process.stop(signal.SIGINT)
    assert process.returncode == 0


async def test_keys_of_the_go_service_that_do_nothing_here_are_warned_about(
    servers: Stack, artifacts: Path
):
    config = servers.default_ingress_config() | {"whip_port": 8080}
    config["rtmp_port"], config["http_relay_port"], config["health_port"] = free_ports(3)
    config["prometheus_port"] = 0
    service = Ingress(config, artifacts / "services", "go-keys")
    await service.start()
    try:
        await service.process.wait_log(r"whip_port", 5)
    finally:
        await service.stop()


async def test_no_secret_is_logged(stack: Stack, live: Live):
    text = stack.ingress.process.log_text()
    assert text, "the ingress logs nothing at all"
    assert stack.secret not in text
    assert live.info.stream_key not in text
    # How the parts of one begin (RFC 7519 §3), in a word longer than random ids, which may hold it.
    assert not re.search(r"eyJ[\w-]{16}", text), "an access token is in the log"


async def test_health_availability_and_metrics_answer(stack: Stack, live: Live):
    assert await stack.ingress.healthy()
    assert (await stack.ingress.health("/availability")).status == 200
    metrics = await until(stack.ingress.metrics, 5, "metrics")
    assert "livekit_ingress_requests" in metrics
    assert "livekit_ingress_publish_status" in metrics
