"""What the processes may do, and how they are told apart. That what is forbidden is refused, the
unit tests of src/sandbox show; here it is real streams that go on in the boxes."""

import os
import subprocess
from pathlib import Path

import psutil
import pytest

from conftest import MakeIngress, MakeService, Publish, Watch
from devstack import Ingress, ManagedProcess, Stack, free_ports, paths, until
from kit.clips import SMALL, WITH_B_FRAMES, Clip
from kit.confinement import command_line, command_name, confinement

HD = (1280, 720)


def transcoder_of(service: Ingress) -> tuple[psutil.Process, psutil.Process]:
    """The one transcoder that runs, after its handler."""
    ((handler, transcoder),) = [
        (handler, child) for handler in service.handlers() for child in handler.children()
    ]
    return handler, transcoder


async def transcoding(
    service: Ingress, make_ingress: MakeIngress, publish: Publish, watch: Watch, clip: Clip
) -> tuple[psutil.Process, psutil.Process]:
    """A stream that has to be encoded anew plays; its handler and transcoder."""
    await until(service.ready, 30, "the service")
    info = await make_ingress()
    info.url = service.rtmp_url
    viewer = await watch()
    publish(info, clip)
    await viewer.running_picture(HD, count=30, timeout=60)
    return transcoder_of(service)


async def test_a_stream_plays_in_processes_that_may_do_little_else(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
):
    service = make_service(servers.default_ingress_config(), env={"INGRESS_CORE_DUMPS": "off"})
    handler, transcoder = await transcoding(service, make_ingress, publish, watch, WITH_B_FRAMES)

    assert confinement(service.process.pid).core_limit == "0"
    for process, filters in ((handler, 1), (transcoder, 2)):
        found = confinement(process.pid)
        assert found.capabilities == 0
        assert found.no_new_privileges
        assert found.filters == filters
        assert found.core_limit == "0"
        assert found.file_limit == "0"
    assert "sandbox:" not in service.process.log_text(), "something of ours is refused"
    assert "confined" not in service.process.log_text(), "this kernel can do all of it"


async def test_processes_are_named_by_what_they_do(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
):
    service = make_service(servers.default_ingress_config())
    handler, transcoder = await transcoding(service, make_ingress, publish, watch, WITH_B_FRAMES)
    resource_id = command_line(handler.pid).removeprefix("ingress: handler ")
    assert resource_id.startswith(("RT_", "IN_")), resource_id
    assert resource_id in service.process.log_text()
    assert command_line(transcoder.pid) == f"ingress: transcoder {resource_id}"
    assert command_name(service.process.pid) == "ingress"
    assert command_name(handler.pid) == "ingress-handler"
    assert command_name(transcoder.pid) == "ingress-transco"  # the kernel keeps 15 bytes
    (warm,) = [child for child in service.handlers() if child.pid != handler.pid]
    assert command_line(warm.pid) == "ingress: handler waits for a stream"


async def test_the_operator_can_open_the_boxes(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
):
    open_boxes = {"INGRESS_SANDBOX": "off", "INGRESS_CORE_DUMPS": "on"}
    service = make_service(servers.default_ingress_config(), env=open_boxes)
    handler, transcoder = await transcoding(service, make_ingress, publish, watch, WITH_B_FRAMES)
    for process in (handler, transcoder):
        assert confinement(process.pid).filters == 0
        assert confinement(process.pid).file_limit == "unlimited"
    line = await service.process.wait_log("is not confined", 5)
    assert "INGRESS_SANDBOX=off" in line


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
