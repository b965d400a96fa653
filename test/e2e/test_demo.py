"""script/server --demo, as it runs once everything is installed and built."""

import json
import re
import signal
import sys
from pathlib import Path

import pytest

from conftest import LOGS
from devstack import ROOT, ManagedProcess, until
from devstack.http import Answer, get


@pytest.mark.parametrize("way", ["rtmp", "whip"])
async def test_the_demo_picture_is_on_air(artifacts: Path, way: str):
    argv = [sys.executable, "-m", "devstack", "--demo", way]
    environment = {"PYTHONPATH": str(ROOT / "script" / "lib"), "PYTHONUNBUFFERED": "1"}
    server = ManagedProcess("server", argv, artifacts / f"demo-{way}.log", environment)
    server.start()
    LOGS.watch(server)
    try:
        await server.wait_log("The demo picture is on its way", 60)
        heard: list[Answer] = []
        page = re.search(r"Watch +(http://\S+)", server.log_text())[1]

        async def state() -> dict:
            answer = await get(page + "api/ingress")
            heard.append(answer)
            # A busy livekit-server may miss its time; the page asks again, too.
            return json.loads(answer.body) if answer.status == 200 else {}

        async def on_air() -> dict | None:
            told = await state()
            return told if told.get("status") == "publishing" and "video" in told else None

        told = await until(on_air, 40, lambda: f"the demo on air; last heard {heard[-1]}")
        assert told["video"] == {"codec": "H264", "width": 1280, "height": 720}

        async def received() -> bool:  # counters come once a second
            return bool((await state()).get("reception"))

        if way == "whip":
            await until(received, 10, "how its packets arrive")
        else:
            assert not await received()
    finally:
        await server.stop(signal.SIGINT)
    assert server.returncode == 0
    assert "Stopped." in server.log_text()
