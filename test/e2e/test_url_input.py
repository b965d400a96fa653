"""An ingress that is to fetch a URL, which the nodes here do not."""

import pytest
from livekit import api

from devstack import Stack


async def test_a_url_input_is_refused_in_words(stack: Stack, lk: api.LiveKitAPI, room: str):
    secret = "https://user:hunter2@example.invalid/film.m3u8"
    with pytest.raises(api.TwirpError) as refused:
        await lk.ingress.create_ingress(
            api.CreateIngressRequest(
                input_type=api.IngressInput.URL_INPUT,
                url=secret,
                name="film",
                room_name=room,
                participant_identity="film",
            )
        )
    assert refused.value.code == "unimplemented"
    assert "URL inputs are not served" in refused.value.message
    assert "RTMP_INPUT" in refused.value.message
    assert "hunter2" not in stack.ingress.process.log_text()
    listed = await lk.ingress.list_ingress(api.ListIngressRequest(room_name=room))
    assert not listed.items, "what was refused is not kept"
