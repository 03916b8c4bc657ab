"""The blueprint `onboard`: a modem's TCP, HTTP, a certificate in files; in virtual time."""

import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from blueprints import onboard as blueprint
from nce_modem import Modem
from nce_sim.backend import Backend
from nce_sim.clock import run_virtual
from nce_sim.ports.pipe import PipeBoard
from nce_sim.world import World


def play(scene):
    """Run `scene(modem, world, sim, backend)` with a driver in front of a simulated modem."""

    async def main(clock):
        world = World(1, clock)
        with Backend(world) as backend:
            sim = world.add_sim()
            modem = Modem(PipeBoard(world.add_modem(sim)))
            await modem.attach()
            try:
                return await scene(modem, world, sim, backend)
            finally:
                await modem.close()

    return run_virtual(main)


def requests_in(world):
    return sum(record.kind == "onboarded" for record in world.timeline.records())


def test_a_device_is_onboarded_once_and_finds_its_files_again(tmp_path):
    folder = str(tmp_path / "certificates")

    async def scene(modem, world, sim, backend):
        place = await blueprint.onboard(modem, folder)
        assert place.iccid == sim.iccid
        assert place.endpoint.endswith(".amazonaws.com")
        assert place.root_ca_url.startswith("https://")
        certificate = x509.load_pem_x509_certificate(Path(place.certificate).read_bytes())
        key = load_pem_private_key(Path(place.private_key).read_bytes(), None)
        assert certificate.public_key() == key.public_key()
        authority = x509.load_pem_x509_certificate(backend.onboarding.root_ca.encode())
        certificate.verify_directly_issued_by(authority)
        assert requests_in(world) == 1
        again = await blueprint.onboard(modem, folder)
        assert vars(again) == vars(place)
        assert requests_in(world) == 1, "the files are enough"
        # The power failed amid the last file: the network gives the same again.
        (tmp_path / "certificates/onboarded.json").write_bytes(b'{"iccid"')
        assert vars(await blueprint.onboard(modem, folder)) == vars(place)
        assert requests_in(world) == 2

    play(scene)


def test_an_answer_that_is_no_success_says_so_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(blueprint, "PATH", "/nothing")

    async def scene(modem, world, sim, backend):
        with pytest.raises(OSError, match=r"answers 404; is the SIM enabled"):
            await blueprint.onboard(modem, str(tmp_path / "certificates"))
        assert not (tmp_path / "certificates").exists()

    play(scene)


FIELDS = {
    "iccid": "8988228066600000001",
    "iotCoreEndpointUrl": "x.amazonaws.com",
    "amazonRootCaUrl": "https://x",
    "certificate": "c",
    "privateKey": "k",
}


@pytest.mark.parametrize("name", FIELDS)
def test_an_answer_without_a_field_is_refused_by_name(name):
    for body in (
        {key: value for key, value in FIELDS.items() if key != name},
        {**FIELDS, name: ""},
        {**FIELDS, name: 1},
    ):
        with pytest.raises(OSError, match=f"without {name}") as caught:
            blueprint.checked(json.dumps(body).encode())
        assert "8988228066600000001" not in str(caught.value)


def test_an_answer_that_is_no_object_is_refused():
    for body in (b"", b"[]", b"null", b"<html>", b'{"iccid": ', b"\xff"):
        with pytest.raises(OSError, match="without iccid"):
            blueprint.checked(body)
