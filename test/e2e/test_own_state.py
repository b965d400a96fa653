"""What a service keeps is its own, and it says where it could not be."""

import os
import subprocess
from pathlib import Path

import pytest

from conftest import MakeIngress, MakeService, Publish, Watch
from devstack import ManagedProcess, Stack, free_ports, paths, until
from kit.clips import SMALL


async def test_what_a_service_keeps_is_its_own(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
    tmp_path: Path,
):
    state = tmp_path / "state"
    service = make_service(servers.default_ingress_config(), env={"STATE_DIRECTORY": str(state)})
    await until(service.ready, 30, "the service")
    info = await make_ingress()
    info.url = service.rtmp_url
    viewer = await watch()
    publish(info, SMALL)
    await viewer.running_picture(count=5, timeout=40)
    kept = [state, *state.rglob("*")]
    assert [path for path in kept if path.is_file()], "a journal of the session's state"
    for path in kept:
        assert path.stat().st_mode & 0o077 == 0, f"{path} is open to others"


def folders_in(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if entry.is_dir()]


async def test_a_home_that_cannot_be_written_to_gives_way_to_a_temporary_directory(
    servers: Stack, make_service: MakeService, tmp_path: Path
):
    env = {"HOME": "/proc/none", "TMPDIR": str(tmp_path), "XDG_STATE_HOME": ""}
    service = make_service(servers.default_ingress_config(), env=env)
    await until(service.ready, 30, "the service")
    (state,) = folders_in(tmp_path)
    assert state.stat().st_mode & 0o777 == 0o700
    assert [folder.name for folder in folders_in(state)] == [f"sessions-{service.rtmp_port}"]
    line = await service.process.wait_log("kept in another directory than usual", 5)
    assert str(state) in line
    assert "/proc/none" in line
    assert "STATE_DIRECTORY" in line


def first_words(*arguments: str, state: Path) -> subprocess.CompletedProcess[str]:
    """Of a service that ends by itself."""
    env = os.environ | {"STATE_DIRECTORY": str(state)}
    return subprocess.run(
        [paths.ingress_binary(), *arguments], env=env, capture_output=True, text=True, timeout=20
    )


@pytest.mark.parametrize("state", ["writable", "given-away", "linked"])
def test_a_state_directory_of_others_is_refused(servers: Stack, tmp_path: Path, state: str):
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    if state == "writable":
        folder.chmod(0o777)
    else:
        if os.geteuid() != 0:
            pytest.skip("only root can give something away")
        if state == "linked":
            target, folder = folder, tmp_path / "link"
            folder.symlink_to(target)
        os.chown(folder, 65534, 65534, follow_symlinks=False)
    config = tmp_path / "config.yaml"
    config.write_text(
        "{api_key: a, api_secret: b, ws_url: ws://127.0.0.1:1, redis: {address: '127.0.0.1:1'}}"
    )
    ended = first_words("--config", str(config), state=folder)
    assert ended.returncode == 1, ended.stderr
    assert f"state directory {folder}" in ended.stderr
    assert "mode 0700" in ended.stderr


async def test_secrets_in_arguments_are_warned_of(tmp_path: Path):
    rtmp, relay, redis = free_ports(3)
    body = f"{{api_key: a, api_secret: hidden, ws_url: 'ws://127.0.0.1:{redis}', rtmp_port: {rtmp},"
    body += f" http_relay_port: {relay}, redis: {{address: '127.0.0.1:{redis}'}}}}"
    argv = [str(paths.ingress_binary()), "--config-body", body]
    service = ManagedProcess(
        "config-body", argv, tmp_path / "log", {"STATE_DIRECTORY": str(tmp_path / "state")}
    )
    service.start()
    try:
        assert "INGRESS_CONFIG_FILE" in await service.wait_log(
            "--config-body shows its secrets", 20
        )
        assert "hidden" not in service.log_text()
    finally:
        await service.stop()
