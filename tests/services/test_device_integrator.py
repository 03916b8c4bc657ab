"""Which endpoints an organisation uses: kept, its own alone, undone with its work."""

import pytest

from nce_sim.problems import Invalid, NotFound
from nce_sim.services.device_integrator.service import DeviceIntegrator, Place
from nce_sim.services.device_integrator.settings import DeviceIntegratorSettings
from nce_sim.services.settings.service import CustomerSettings
from nce_sim.storage import Storage, Work
from nce_sim.tables import METADATA

OURS, THEIRS = 8_000_001, 8_000_002
PASSIVE = "LWM2M_PASSIVE_REPORTING"
PLACES = {
    name: Place(f"{name.lower()}.os.1nce.com", ("10.60.2.1",), 5683)
    for name in ("COAP", "UDP", "LWM2M")
}


@pytest.fixture
def storage(db):
    storage = Storage(METADATA, db)
    yield storage
    storage.close()


def opened(storage, settings=None):
    switches = CustomerSettings(storage, lambda: 0)
    return DeviceIntegrator(storage, PLACES, switches, settings)


def change(storage, integrator, organisation_id, protocol, is_active=None, **settings):
    with storage.unit() as work:
        return integrator.change(
            organisation_id, protocol, is_active=is_active, settings=settings, work=work
        )


def test_a_change_is_kept_and_is_of_one_organisation(storage):
    integrator = opened(storage)
    change(storage, integrator, OURS, "COAP", False)
    change(storage, integrator, OURS, "LWM2M", **{PASSIVE: "ENABLED"})
    for one in (integrator, opened(storage)):
        assert not one.is_active(OURS, "COAP")
        assert one.is_active(OURS, "UDP")
        assert one.is_active(THEIRS, "COAP")
        assert one.reports_passively(OURS)
        assert not one.reports_passively(THEIRS)
        assert not one.is_active(OURS, "LWM2M"), "a setting activates nothing"


def test_what_is_rolled_back_did_not_happen(storage):
    integrator = opened(storage)
    work = Work()
    integrator.change(OURS, "COAP", is_active=False, settings={}, work=work)
    integrator.change(OURS, "COAP", is_active=None, settings={}, work=work)
    assert not integrator.is_active(OURS, "COAP")
    work.rolled_back()
    assert integrator.is_active(OURS, "COAP")


def test_wrong_changes_are_refused(storage):
    integrator = opened(storage)
    with pytest.raises(NotFound, match="no endpoint 'SMS'; there are COAP, UDP, LWM2M"):
        change(storage, integrator, OURS, "SMS", True)
    with pytest.raises(Invalid, match="COAP has no setting"):
        change(storage, integrator, OURS, "COAP", **{PASSIVE: "ENABLED"})
    with pytest.raises(Invalid, match="give ENABLED or DISABLED"):
        change(storage, integrator, OURS, "LWM2M", **{PASSIVE: "ON"})


def test_active_can_be_what_the_document_calls_it_not_used(storage):
    settings = DeviceIntegratorSettings(active_is_used=False)
    integrator = opened(storage, settings)
    change(storage, integrator, OURS, "COAP", False)
    assert integrator.is_active(OURS, "COAP")
