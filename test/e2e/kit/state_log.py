"""Every state that livekit-server stored for ingresses, in order, seen from inside Redis."""

import asyncio
import re
from dataclasses import dataclass

from livekit import api

from devstack import Redis, until
from devstack.ports import LOOPBACK

Status = api.IngressState.Status

_STATE_KEY = re.compile(r'"SET" "\{ingress\}_state:(IN_[^"]+)" "((?:[^"\\]|\\.)*)"', re.IGNORECASE)


@dataclass(frozen=True)
class StoredState:
    ingress_id: str
    state: api.IngressState


class StateLog:
    """Follows Redis's MONITOR, so that no state is missed however short it lasts."""

    def __init__(self, redis: Redis):
        self._redis = redis
        self._entries: list[StoredState] = []
        self._task: asyncio.Task | None = None
        self._following = asyncio.Event()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._follow())
        await asyncio.wait_for(self._following.wait(), 10)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def states(self, ingress_id: str) -> list[api.IngressState]:
        return [entry.state for entry in self._entries if entry.ingress_id == ingress_id]

    def statuses(self, ingress_id: str) -> list[str]:
        """Names without the prefix ENDPOINT_; repetitions of the one before are left out."""
        names: list[str] = []
        for state in self.states(ingress_id):
            name = Status.Name(state.status).removeprefix("ENDPOINT_")
            if not names or names[-1] != name:
                names.append(name)
        return names

    def session_statuses(self, ingress_id: str) -> list[str]:
        """The same, of sessions alone: without what livekit-server stores for a new ingress."""
        names: list[str] = []
        for state in self.states(ingress_id):
            name = Status.Name(state.status).removeprefix("ENDPOINT_")
            if state.started_at and (not names or names[-1] != name):
                names.append(name)
        return names

    def summary(self, ingress_id: str) -> str:
        """What was stored, for messages of failed tests."""
        states = self.states(ingress_id)
        last = states[-1] if states else None
        error = f", last with the error {last.error!r}" if last and last.error else ""
        return f"stored were {len(states)} states: {self.statuses(ingress_id)}{error}"

    async def wait_status(self, ingress_id: str, name: str, timeout: float) -> api.IngressState:
        """The newest state once its status is `name` and a session has set it."""

        def reached() -> api.IngressState | None:
            state = (self.states(ingress_id) or [None])[-1]
            wanted = state and state.started_at and state.status == Status.Value(f"ENDPOINT_{name}")
            return state if wanted else None

        return await until(
            reached,
            timeout,
            lambda: f"{name} of {ingress_id}; {self.summary(ingress_id)}",
        )

    async def _follow(self) -> None:
        reader, writer = await asyncio.open_connection(LOOPBACK, self._redis.port)
        try:
            writer.write(b"MONITOR\r\n")
            async for line in reader:
                self._following.set()  # the first line is Redis's "+OK"
                if found := _STATE_KEY.search(line.decode("latin-1")):
                    state = api.IngressState.FromString(_unescape(found[2]))
                    self._entries.append(StoredState(found[1], state))
        finally:
            writer.close()


def _unescape(text: str) -> bytes:
    """The bytes behind Redis's quoted form (sdscatrepr)."""
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")
