"""Three nodes behind a TCP balancer, one Redis: any node takes any key, and one may be lost."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from livekit import api

from conftest import LOGS, MakeIngress, MakeService, Watch
from devstack import Ingress, Stack, until
from kit import flv
from kit.clips import SILENT
from kit.haproxy import Balancer
from kit.persistent import PersistentEncoder
from kit.state_log import StateLog


@pytest.fixture
async def nodes(servers: Stack, make_service: MakeService) -> list[Ingress]:
    nodes = [make_service(servers.default_ingress_config()) for _ in range(3)]
    for node in nodes:
        await until(node.ready, 30, "a node")
    return nodes


@pytest.fixture
async def balancer(nodes: list[Ingress], artifacts: Path) -> AsyncIterator[Balancer]:
    balancer = Balancer(nodes, artifacts / "haproxy")
    LOGS.watch(balancer.process)
    await balancer.start()
    yield balancer
    await balancer.process.stop()


def node_of(nodes: list[Ingress], ingress_id: str) -> Ingress:
    """The node whose log tells of the newest session of this ingress."""
    (holder,) = [node for node in nodes if ingress_id in node.process.log_text()]
    return holder


async def test_a_lost_node_costs_its_own_sessions_a_reconnect_and_the_others_nothing(
    nodes: list[Ingress],
    balancer: Balancer,
    make_ingress: MakeIngress,
    lk: api.LiveKitAPI,
    watch: Watch,
    clips: None,
    states: StateLog,
):
    clip = flv.read(SILENT.path())
    infos = [await make_ingress(participant_identity=f"encoder-{i}") for i in range(3)]
    encoders = [PersistentEncoder(balancer.url, info.stream_key, clip) for info in infos]
    viewer = await watch()
    try:
        for encoder in encoders:
            encoder.start()
        firsts = [await states.wait_status(info.ingress_id, "PUBLISHING", 40) for info in infos]
        await until(lambda: len(viewer.identities()) == 3, 20, "all encoders in the room")
        holders = [node_of(nodes, info.ingress_id) for info in infos]
        assert len(set(holders)) == 3, "the balancer gave each node a stream"

        await holders[0].process.stop(signal.SIGKILL)
        await until(lambda: encoders[0].connections == 2, 20, "the encoder's next connection")

        def elsewhere() -> bool:
            last = states.states(infos[0].ingress_id)[-1]
            anew = last.resource_id != firsts[0].resource_id
            return anew and last.status == api.IngressState.ENDPOINT_PUBLISHING

        await until(elsewhere, 30, lambda: states.summary(infos[0].ingress_id))
        assert states.states(infos[0].ingress_id)[-1].started_at > firsts[0].started_at
        for info, encoder in list(zip(infos, encoders, strict=True))[1:]:
            assert encoder.connections == 1
            assert states.session_statuses(info.ingress_id) == ["BUFFERING", "PUBLISHING"]

        # Orders find the node that holds the session, wherever that is.
        for info, encoder in zip(infos, encoders, strict=True):
            await lk.ingress.delete_ingress(api.DeleteIngressRequest(ingress_id=info.ingress_id))
            await until(
                lambda encoder=encoder: "ingress not found" in encoder.last_words,
                15,
                lambda encoder=encoder: f"the end of the stream; last heard {encoder.last_words!r}",
            )
        await until(lambda: not viewer.identities(), 30, "nobody left in the room")
    finally:
        for encoder in encoders:
            await encoder.stop()
