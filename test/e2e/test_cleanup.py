"""After a stream nothing of its session is left: no process, socket, descriptor or Redis key."""

import asyncio

import psutil
from livekit import api

from conftest import Live, MakeIngress, Publish, Watch
from devstack import Stack, until
from kit import flv
from kit.clips import SMALL, SOUND_ONLY
from kit.rtmp import RtmpPublisher
from kit.state_log import StateLog


async def redis_names(stack: Stack) -> set[str]:
    """All keys and all pub/sub channels."""
    async with stack.redis.client() as client:
        names = await client.keys("*") + await client.pubsub_channels("*")
        return {name.decode(errors="replace") for name in names}


def connections(process: psutil.Process) -> list[str]:
    """TCP connections in words, for messages."""
    return [
        f"{c.laddr} - {c.raddr} {c.status}"
        for c in process.net_connections("tcp")
        if c.status != psutil.CONN_LISTEN
    ]


def uses_network(process: psutil.Process) -> bool:
    return bool(process.net_connections("inet"))


def zombie(process: psutil.Process) -> bool:
    return process.status() == psutil.STATUS_ZOMBIE


def zombies(service: psutil.Process) -> list[psutil.Process]:
    return [child for child in service.children(recursive=True) if zombie(child)]


def of_encoder(connection, port: int) -> bool:
    return connection.laddr.port == port and connection.status == psutil.CONN_ESTABLISHED


async def test_nothing_of_a_session_is_left(
    stack: Stack, make_ingress: MakeIngress, publish: Publish, watch: Watch, states: StateLog
):
    info = await make_ingress()
    service = psutil.Process(stack.ingress.process.pid)
    publisher = publish(info, SMALL)
    viewer = await watch()
    await viewer.running_picture(count=10, timeout=40)
    live_names = await redis_names(stack)
    assert any(info.ingress_id in name for name in live_names)
    busy = {child.pid: child for child in stack.ingress.handlers() if uses_network(child)}
    assert busy, "no handler process has a connection while the stream runs"

    await publisher.stop()
    await states.wait_status(info.ingress_id, "INACTIVE", 15)

    await until(
        lambda: not any(child.is_running() and not zombie(child) for child in busy.values()),
        10,
        "end of the handler process",
    )
    await until(lambda: not zombies(service), 5, "the handler's exit being read")
    encoder_port = stack.ingress.rtmp_port
    await until(
        lambda: not [c for c in service.net_connections("tcp") if of_encoder(c, encoder_port)],
        10,
        lambda: f"the encoder's socket closed; {connections(service)}",
    )

    async def channels_gone() -> bool:
        left = [name for name in await redis_names(stack) if info.ingress_id in name]
        # The state of the ingress belongs to livekit-server and stays until it is deleted.
        return left == [f"{{ingress}}_state:{info.ingress_id}"]

    await until(channels_gone, 10, "the session's channels gone from Redis")


async def test_deleting_leaves_no_key_at_all(stack: Stack, live: Live, lk: api.LiveKitAPI):
    await lk.ingress.delete_ingress(api.DeleteIngressRequest(ingress_id=live.info.ingress_id))
    await live.publisher.process.wait(10)

    async def left() -> list[str]:
        names = await redis_names(stack)
        return [n for n in names if live.info.ingress_id in n or live.info.stream_key in n]

    async def nothing_left() -> bool:
        return not await left()

    await until(nothing_left, 10, "no key or channel of the ingress in Redis")


CYCLES = 100
AT_A_TIME = 4
GROWTH_BYTES = 6 << 20  # of the service, over all cycles: a leak of a session is more than 64 KiB


async def test_a_hundred_sessions_leave_the_service_as_it_was(
    stack: Stack, make_ingress: MakeIngress, states: StateLog, clips: None
):
    service = psutil.Process(stack.ingress.process.pid)
    infos = [await make_ingress(participant_identity=f"encoder-{i}") for i in range(AT_A_TIME)]
    beginning = flv.read(SOUND_ONLY.path())[:60]

    async def cycle(info: api.IngressInfo) -> None:
        async with await RtmpPublisher.publishing(info.url, info.stream_key) as publisher:
            for tag in beginning:
                await publisher.send_tag(tag)
            await states.wait_status(info.ingress_id, "PUBLISHING", 40)
            await publisher.unpublish()
            await states.wait_status(info.ingress_id, "INACTIVE", 30)

    async def round_of_cycles() -> None:
        await asyncio.gather(*(cycle(info) for info in infos))

    for _ in range(3):  # the first may open and allocate what is kept for all
        await round_of_cycles()
    names = await redis_names(stack)
    children = len(stack.ingress.handlers())
    descriptors, memory = service.num_fds(), service.memory_info().rss
    for _ in range(CYCLES // AT_A_TIME):
        await round_of_cycles()
    await until(
        lambda: service.num_fds() <= descriptors and len(stack.ingress.handlers()) <= children,
        20,
        lambda: (
            f"{descriptors} descriptors and {children} children as before; "
            f"{service.num_fds()} and {len(stack.ingress.handlers())}: {connections(service)}"
        ),
    )
    assert service.memory_info().rss < memory + GROWTH_BYTES
    assert not zombies(service)

    left: set[str] = set()

    async def as_before() -> bool:
        nonlocal left
        # psrpc's locks, named by a hash, run out within seconds; livekit-server forgets the rooms
        # of other tests when nobody has been there for a while.
        left = {name for name in await redis_names(stack) - names if not name.endswith("=")}
        return not left

    await until(as_before, 60, lambda: f"the keys and channels of before; {sorted(left)}")
