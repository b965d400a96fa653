"""The configuration: where it may come from, and words for what is wrong with it."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from conftest import Live, MakeService
from devstack import ROOT, Ingress, ManagedProcess, Stack, free_ports, http, until
from devstack.ingress import listening_ports
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


@pytest.mark.parametrize("flag", ["--version", "-v"])
def test_the_version_is_told_with_the_commit(flag: str):
    told = run_ingress({}, flag)
    assert told.returncode == 0
    assert re.fullmatch(r"ingress \d+\.\d+\.\d+ \([0-9a-f]{7,}(-dirty)?\)\n", told.stdout)


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_names_options_signals_and_exit_codes(word: str):
    told = run_ingress({}, word)
    assert told.returncode == 0
    for part in ("--config", "SIGTERM", "Exit codes: 0", "INGRESS_LENIENT", "Example: ingress"):
        assert part in told.stdout


@pytest.mark.parametrize("argument", ["--bogus", "bogus", "--config"])
def test_a_bad_command_line_ends_with_2(argument: str):
    told = run_ingress({}, argument)
    assert told.returncode == 2
    assert told.stdout.startswith("ingress: ")


def test_a_configuration_without_an_input_has_an_exit_code_of_its_own():
    body = "api_key: a\napi_secret: b\nws_url: ws://x\nredis: {address: 'x:1'}\nrtmp_port: -1"
    body += "\nwhip_port: -1"
    told = run_ingress({"INGRESS_CONFIG_BODY": body})
    assert told.returncode == 4
    assert "WHIP" in told.stdout


def test_a_taken_port_is_told_once(servers: Stack):
    """With who else uses it as a rule, and how to find out."""
    config = servers.default_ingress_config() | {"prometheus_port": 0, "health_port": 0}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config["http_relay_port"] = taken.getsockname()[1]
        ended = run_ingress({"INGRESS_CONFIG_BODY": json.dumps(config)})
    assert ended.returncode == 1
    assert ended.stdout.count("Address already in use") == 1
    assert f"http_relay_port {config['http_relay_port']}: " in ended.stdout


CONFIGS = {
    file.stem: file.read_text() for file in (ROOT / "test" / "data" / "configs").glob("*.yaml")
}


@pytest.mark.parametrize("name", sorted(CONFIGS))
async def test_configurations_of_the_go_service_start(
    servers: Stack, artifacts: Path, tmp_path: Path, name: str
):
    """Each as it is, but for addresses, secrets and ports."""
    text = re.sub(r"[\w.-]+:6379", servers.redis.address, CONFIGS[name])
    text = re.sub(r"(?m)^(ws_url: ).*", rf"\1{servers.livekit.ws_url}", text)
    text = re.sub(r"redispassword", '""', text)
    ports = iter(free_ports(8))
    named = r"rtmp_port|whip_port|http_relay_port|health_port|prometheus_port|debug_handler_port"
    text = re.sub(
        rf"(?m)^( *(?:{named}|udp_port|tcp_port)): (&\w+ )?\d{{4,}}",
        lambda m: f"{m[1]}: {m[2] or ''}{next(ports)}",
        text,
    )
    path = tmp_path / "ingress.yaml"
    path.write_text(text)
    process = ManagedProcess(
        f"ingress-{name}",
        [str(ingress_binary()), "--config", str(path)],
        artifacts / "services" / f"{name}.log",
        {"LIVEKIT_API_KEY": servers.key, "LIVEKIT_API_SECRET": servers.secret},
    )
    process.start()
    try:
        rtmp_port = int(re.search(r"(?m)^rtmp_port: (\d+)", text)[1])
        await until(lambda: rtmp_port in listening_ports(process.pid), 20, "the RTMP port")
    finally:
        await process.stop(signal.SIGINT)
    assert process.returncode == 0


async def test_settings_that_do_nothing_are_told_at_start_and_in_the_check(
    servers: Stack, make_service: MakeService
):
    fields = {"rtmps_cert_file": "/tls/cert.pem"}
    redis = servers.default_ingress_config()["redis"]
    fields["redis"] = redis | {"tls": {"ca_cert_file": "/tls/ca.pem"}}
    words = ("rtmps_cert_file has no effect", "redis.tls.ca_cert_file has no effect")
    service = make_service(servers.default_ingress_config(), **fields)
    await until(service.ready, 30, "the node")
    config = {key: value for key, value in service.config.items() if key != "cpu_cost"}
    await service.stop()
    arguments = ("check", "--config-body", json.dumps(config))
    checked = await asyncio.to_thread(run_ingress, {}, *arguments)
    assert checked.returncode == 0, checked.stdout
    for word in words:
        assert service.process.log_text().count(word) == 1, word
        assert len(re.findall(rf"(?m)^note .*{re.escape(word)}", checked.stdout)) == 1, word


async def test_a_check_says_what_is_good_and_what_helps(servers: Stack):
    rtmp, relay, health = free_ports(3)
    config = servers.default_ingress_config() | {"prometheus_port": 0}
    config |= {"rtmp_port": rtmp, "http_relay_port": relay, "health_port": health}
    arguments = ("check", "--config-body", json.dumps(config))
    good = await asyncio.to_thread(run_ingress, {}, *arguments)
    assert good.returncode == 0, good.stdout
    for what in ("rtmp_port", "health_port", "encoders", "redis", "livekit-server", "clock"):
        assert re.search(rf"(?m)^ok +{what} ", good.stdout), good.stdout

    config["api_secret"] = "x" * 40
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config["health_port"] = taken.getsockname()[1]
        arguments = ("check", "--config-body", json.dumps(config))
        bad = await asyncio.to_thread(run_ingress, {}, *arguments)
    assert bad.returncode == 1
    assert re.search(r"(?m)^FAILED +livekit-server .*correct api_secret", bad.stdout), bad.stdout
    assert re.search(r"(?m)^FAILED +health_port .*another port", bad.stdout), bad.stdout
    assert servers.secret not in good.stdout + bad.stdout


def test_a_check_of_nothing_to_serve_ends_as_the_service_does(servers: Stack):
    body = json.dumps(servers.default_ingress_config() | {"rtmp_port": -1})
    for command in ((), ("check",)):
        ended = run_ingress({}, *command, "--config-body", body)
        assert ended.returncode == 4, ended.stdout
        assert "rtmp_port switches RTMP off" in ended.stdout


def test_the_help_of_the_check_names_its_options():
    ended = run_ingress({}, "check", "--help")
    assert ended.returncode == 0
    assert "--config" in ended.stdout
    assert "--config-body" in ended.stdout


async def test_probes_and_scrapes_are_answered_over_both_families(stack: Stack):
    for host in ("127.0.0.1", "[::1]"):
        for key in ("health_port", "prometheus_port"):
            answer = await http.get(f"http://{host}:{stack.ingress.config[key]}/")
            assert answer.status == 200, (host, key)


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
    config = servers.default_ingress_config() | {"service_name": "edge"}
    config["rtmp_port"], config["http_relay_port"], config["health_port"] = free_ports(3)
    config["prometheus_port"] = 0
    service = Ingress(config, artifacts / "services", "go-keys")
    await service.start()
    try:
        await service.process.wait_log(r"service_name", 5)
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
    assert re.search(r"^livekit_ingress_redis_up\{.*\} 1$", metrics, re.MULTILINE)
    assert re.search(r"^livekit_ingress_received_bytes_total\{.*\} [1-9]", metrics, re.MULTILINE)
    assert re.search(r'^livekit_ingress_build_info\{.*version="\d+\.\d+', metrics, re.MULTILINE)
    assert re.search(r"^process_max_fds [1-9]", metrics, re.MULTILINE)
