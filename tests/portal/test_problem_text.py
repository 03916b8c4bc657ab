"""What a page says of an error."""

import pytest

pytest.importorskip("nicegui")

from nce_sim.control.http import ControlFailed
from nce_sim.portal.in_process import InProcess
from nce_sim.portal.pages.energy_saver.workbench import bytes_of
from nce_sim.portal.parts.panel import asked
from support.api import in_world
from support.portal import user_of


@in_world
async def test_an_open_page_of_a_user_who_is_gone_says_so_and_does_nothing(place):
    owner = await user_of(place, "Owner")
    admin = await user_of(place, "Admin", email="eve@example.com")
    token = admin.headers["Authorization"].removeprefix("Bearer ")
    visit = await InProcess(lambda: place.app).visit(token)
    [eve] = [user for user in (await owner.get("/users")).json() if user["role"] == "Admin"]
    assert (await owner.delete(f"/users/{eve['id']}")).status_code == 204
    ended = (None, "Your session has ended. Sign in again.")
    assert await asked(visit.portal.users) == ended
    assert await asked(lambda: visit.management.sims_v2.usage("1")) == ended

    async def steer():
        raise ControlFailed("401: Unauthorized", 401)

    assert await asked(steer) == ended

    ended_nowhere = await asked(lambda: visit.management.sims_v2.usage(".."))
    assert ended_nowhere[1].endswith("iccid is '..', which names nothing")

    async def refuse():
        raise ControlFailed("409: there is no SIM 7", 409)

    assert await asked(refuse) == (None, "409: there is no SIM 7")


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        *(("01 2c\t41", b"\x01\x2c\x41"), ("0x0A", b"\n"), ("ASxB", b"\x01\x2c\x41"), ("", b"")),
        *((text, None) for text in ("ASx", "🙂", "grüße", "\u202e01", "=1+1", "\0")),
    ],
)
def test_a_payload_is_bytes_or_told_to_be_none(text, payload):
    assert bytes_of(text) == payload
