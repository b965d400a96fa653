"""How long a receiver kept what it received before it played it."""

from bisect import bisect_left
from dataclasses import dataclass

from livekit import rtc


@dataclass(frozen=True)
class _Counters:
    at: float  # monotonic seconds
    delay: float  # seconds, summed over all frames or samples
    emitted: int  # frames or samples


class PlayoutDelay:
    """The delay of one track's jitter buffer as time goes by (jitterBufferDelay in
    https://www.w3.org/TR/webrtc-stats/)."""

    def __init__(self) -> None:
        self._counters: list[_Counters] = []

    async def sample(self, track: rtc.Track, at: float) -> None:
        for stats in await track.get_stats():
            if stats.WhichOneof("stats") == "inbound_rtp":
                inbound = stats.inbound_rtp.inbound
                self.add(at, inbound.jitter_buffer_delay, inbound.jitter_buffer_emitted_count)

    def add(self, at: float, delay: float, emitted: int) -> None:
        """`delay`: seconds, summed over the `emitted` frames or samples so far."""
        if self._counters and emitted < self._counters[-1].emitted:
            self._counters.clear()  # another stream, which counts anew
        if not self._counters or emitted > self._counters[-1].emitted:
            self._counters.append(_Counters(at, delay, emitted))

    def at(self, when: float) -> float:
        """Seconds, as measured around this moment; 0 as long as nothing was measured."""
        if len(self._counters) < 2:
            return 0
        after = bisect_left(self._counters, when, key=lambda counters: counters.at)
        after = min(max(after, 1), len(self._counters) - 1)
        first, last = self._counters[after - 1], self._counters[after]
        return (last.delay - first.delay) / (last.emitted - first.emitted)
