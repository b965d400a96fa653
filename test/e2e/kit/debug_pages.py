"""The pages of a service's debug port."""

import json

from devstack.http import Answer, get


async def only_session(port: int) -> dict:
    """The list's entry of the one session that there is."""
    (listed,) = json.loads((await get(f"http://127.0.0.1:{port}/sessions")).body)
    return listed


async def look_into(port: int, resource_id: str) -> Answer:
    """The inner state of a session; a JSON object where there is one."""
    return await get(f"http://127.0.0.1:{port}/gst_pipeline/{resource_id}")
