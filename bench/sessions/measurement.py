"""What all measurements have in common."""

from typing import ClassVar, Protocol

from sessions.bed import Bed, Options


class Measurement(Protocol):
    without_ingress: ClassVar[bool] = False  # then there is nothing to compare

    def prepare(self, options: Options) -> None:
        """Makes the clips, before anything is measured."""

    async def run(self, bed: Bed) -> dict:
        """The figures of one run; raises Refused when the ingress does not take the stream."""
