"""What the processes may do, and how they are told apart. That what is forbidden is refused, the
unit tests of src/sandbox show; here it is real streams that go on in the boxes."""

import re

import psutil

from conftest import MakeIngress, MakeService, Publish, Watch
from devstack import Ingress, Stack, until
from kit import old_kernel
from kit.clips import WITH_B_FRAMES, Clip
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


async def test_a_kernel_without_boxes_is_told_of_once_and_streams_play(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
):
    config = servers.default_ingress_config()
    service = make_service(config, launcher=old_kernel.LAUNCHER)
    _, transcoder = await transcoding(service, make_ingress, publish, watch, WITH_B_FRAMES)
    assert confinement(transcoder.pid).filters == 1, "that of the launcher alone"
    log = service.process.log_text()
    for missing in ("seccomp", "Landlock"):
        assert len(re.findall(f"is confined less than it could be.*{missing}", log)) == 1
    assert "sandbox:" not in log


async def test_a_service_without_a_directory_of_its_own_has_nothing_refused(
    servers: Stack,
    make_service: MakeService,
    make_ingress: MakeIngress,
    publish: Publish,
    watch: Watch,
):
    nowhere = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "STATE_DIRECTORY"), "/proc/none")
    service = make_service(servers.default_ingress_config(), env=nowhere)
    await transcoding(service, make_ingress, publish, watch, WITH_B_FRAMES)
    log = service.process.log_text()
    assert "sandbox:" not in log, "something of ours is refused"
    assert "handler output" not in log
    assert "looking for encoders" not in log


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
