"""What a device has registered by LwM2M, over the portal's door."""

from api.test_lwm2m import with_client
from support.api import in_world
from support.portal import neighbour_of, user_of


@in_world
async def test_a_registered_client_is_told_to_its_owner_alone(place):
    client = await with_client(place)
    owner = await user_of(place, "Read Only")
    other = await user_of(place, "Owner", await neighbour_of(place))
    path = f"/devices/{client.sim.iccid}/lwm2m"
    found = (await owner.get(path)).json()
    assert "/3303/0" in found["instances"]
    assert (found["is_secure"], found["observations"]) == (False, [])
    assert 0 < found["lifetime_left_s"] <= found["lifetime_s"]
    for user, address in ((other, path), (owner, "/devices/8988228066600000000/lwm2m")):
        answer = await user.get(address)
        assert answer.status_code == 404
        assert answer.json()["message"] == "Device is not registered to any LwM2M server."
