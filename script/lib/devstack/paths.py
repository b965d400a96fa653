"""Where things of this checkout lie."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DEPS = ROOT / ".deps"
LIVEKIT_SERVER = DEPS / "bin" / "livekit-server"
LIVEKIT_CLIENT_JS = DEPS / "livekit-client" / "livekit-client.umd.js"
E2E_NODE = DEPS / "e2e-node"  # node, and packages for the tests
WATCH_PAGE = ROOT / "deploy" / "watch"


def ingress_binary() -> Path:
    """The program under test; INGRESS_BINARY names another build of it."""
    return Path(os.environ.get("INGRESS_BINARY", ROOT / "build" / "release" / "bin" / "ingress"))
