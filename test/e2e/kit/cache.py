"""What takes long to make and is kept for the next run."""

import fcntl
import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from devstack.paths import DEPS
from kit import stamp, tone


def name_of(what: object, *makers: str) -> str:
    """A name that changes with `repr(what)` and the code: that of beeps, stamps and `makers`."""
    key = hashlib.sha256(repr(what).encode())
    for source in (stamp.__file__, tone.__file__, *makers):
        key.update(Path(source).read_bytes())
    return key.hexdigest()[:16]


def kept(kind: str, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` among those of this `kind`; `make` fills it if it is not there.

    Of several test processes one makes it, and the others wait for it.
    """
    shelf = DEPS / "cache" / kind
    folder = shelf / name
    if folder.exists():
        return folder
    shelf.mkdir(parents=True, exist_ok=True)
    with (shelf / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=shelf) as temporary:
                made = Path(temporary) / "made"
                made.mkdir()
                make(made)
                made.rename(folder)
    return folder
