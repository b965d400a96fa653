"""Redis or livekit-server absent: it says what it tried, keeps trying, and recovers by itself."""

from pathlib import Path

from livekit import api

from conftest import LOGS, MakeService
from devstack import Ingress, Redis, Stack, free_ports, until
from kit.rtmp import RtmpPublisher


async def unhealthy_words(service: Ingress, address: str) -> str:
    """What the health port says while `address` does not answer."""

    async def says_so() -> str | None:
        answer = await service.health("/ready")
        return answer.body if answer.status == 503 and address in answer.body else None

    return await until(says_so, 20, f"status 503 with {address} on the health port")


async def test_absent_redis_is_named_and_found_when_it_comes(
    servers: Stack, make_service: MakeService, tmp_path: Path
):
    redis = Redis(free_ports(1)[0], tmp_path)
    service = make_service(servers.default_ingress_config(), redis={"address": redis.address})
    line = await service.process.wait_log(redis.address.replace(".", r"\."), 20)
    assert "redis" in line.lower()
    assert "retrying" in await unhealthy_words(service, redis.address)

    await redis.start()
    try:
        await until(service.ready, 30, "health after Redis came")
    finally:
        await redis.stop()


async def test_absent_livekit_server_is_named_and_found_when_it_comes(
    servers: Stack, make_service: MakeService, artifacts: Path
):
    late = Stack(artifacts / "late-livekit", with_ingress=False)
    LOGS.watch(late.livekit.process)
    service = make_service(late.default_ingress_config(), redis={"address": servers.redis.address})
    address = late.livekit.ws_url.removeprefix("ws://")
    await service.process.wait_log(address.replace(".", r"\."), 20)
    await unhealthy_words(service, address)

    await late.redis.start()
    await late.livekit.start()
    try:
        await until(service.ready, 40, "health after livekit-server came")
    finally:
        await late.livekit.stop()
        await late.redis.stop()


async def test_redis_that_restarts_is_found_again(make_service: MakeService, artifacts: Path):
    stack = Stack(artifacts / "restart", with_ingress=False)
    LOGS.watch(stack.livekit.process)
    async with stack:
        service = make_service(stack.default_ingress_config())
        await until(service.ready, 20, "readiness")
        url = service.rtmp_url
        await stack.redis.stop()
        await unhealthy_words(service, stack.redis.address)
        async with await RtmpPublisher.open(url) as publisher:
            await publisher.handshake()
            await publisher.connect(url)
            status = await publisher.publish("any-key")
            assert status.level == "error"
            assert len(status.description.split()) >= 4, "too few words for the encoder"

        await stack.redis.start()
        await until(service.ready, 30, "readiness after Redis came back")
        async with stack.api() as lk:
            info = await lk.ingress.create_ingress(
                api.CreateIngressRequest(
                    input_type=api.IngressInput.RTMP_INPUT,
                    name="after",
                    room_name="after",
                    participant_identity="encoder",
                )
            )
        async with await RtmpPublisher.publishing(url, info.stream_key) as publisher:
            await publisher.unpublish()
