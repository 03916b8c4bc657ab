"""Keys of devices as their customer sets and reads them, one by one and many at once."""

from __future__ import annotations

from random import Random

import pytest

from nce_sim.backend import open_storage
from nce_sim.clock import VirtualClock
from nce_sim.problems import Invalid, NotFound
from nce_sim.services.authenticator.imports import KeyImports, NewKey
from nce_sim.services.authenticator.service import Authenticator
from nce_sim.services.authenticator.settings import AuthenticatorSettings
from nce_sim.services.devices import Device

OURS, THEIRS = 8_000_001, 8_000_002
SIM, ANOTHER, FOREIGN = (f"898822806660000000{digit}" for digit in (1, 2, 9))
DAY_MS = 86_400_000
START_MS = 20_000 * DAY_MS


SIMS = {OURS: [SIM, ANOTHER], THEIRS: [FOREIGN]}


class Owners:
    """Two organisations with their SIMs."""

    def organisation_of(self, iccid):
        return next((owner for owner, sims in SIMS.items() if iccid in sims), None)

    def iccids(self, organisation_id):
        return SIMS.get(organisation_id, [])

    def device(self, iccid):
        known = self.organisation_of(iccid) is not None
        return Device(iccid, iccid[:15], "10.160.0.1") if known else None


class Desk:
    """An Authenticator and its imports, in virtual time."""

    def __init__(self, storage=None):
        self.clock = VirtualClock()
        self.storage = storage or open_storage()
        self.refusals = 0
        settings = AuthenticatorSettings()
        self.authenticator = Authenticator(
            Random(1), self.storage, settings, devices=Owners(), wall_ms=self.wall_ms
        )
        self.imports = KeyImports(
            self.storage,
            self.clock,
            Random(2),
            self.wall_ms,
            self.authenticator,
            self.take,
            settings,
        )

    def wall_ms(self):
        return START_MS + self.clock.now_ms()

    def take(self, job):
        if self.refusals:
            self.refusals -= 1
            job.refused("locked")
            return
        with self.storage.unit() as work:
            job.serve(work)
        job.stored()

    def set_key(self, *row, of=OURS):
        with self.storage.unit() as work:
            return self.authenticator.set_key(of, *row, work=work)

    def start(self, *keys, of=OURS):
        with self.storage.unit() as work:
            return self.imports.create(of, keys, work=work)


@pytest.fixture
def desk(db):
    desk = Desk(open_storage(db))
    yield desk
    desk.storage.close()


def test_a_key_is_set_read_and_used(desk):
    desk.clock.advance(5_000)
    key = desk.set_key(SIM, "COAP", "0011223344556677", "HEX")
    assert desk.authenticator.key(OURS, SIM, "COAP") == key
    assert (key.device_id, key.identity, key.protocol, key.key_format) == (SIM, SIM, "COAP", "HEX")
    assert key.created_ms == key.updated_ms == START_MS + 5_000
    assert desk.authenticator.psk(SIM) == bytes.fromhex("0011223344556677")
    assert key.secret not in repr(key)
    desk.clock.advance(5_000)
    changed = desk.set_key(SIM, "COAP", "longer than that")
    assert (changed.created_ms, changed.updated_ms) == (START_MS + 5_000, START_MS + 10_000)
    assert desk.authenticator.psk(SIM) == b"longer than that"


def test_lwm2m_has_a_key_of_its_own(desk):
    desk.set_key(SIM, "LWM2M", "for lwm2m alone")
    assert desk.authenticator.psk(SIM, "LWM2M") == b"for lwm2m alone"
    assert desk.authenticator.psk(SIM) is None
    desk.authenticator.bootstrap(SIM, 0)
    assert desk.authenticator.key(OURS, SIM, "LWM2M").secret == "for lwm2m alone"
    again = Desk(desk.storage)
    assert again.authenticator.psk(SIM, "LWM2M") == b"for lwm2m alone"


def test_a_generated_key_is_read_and_is_renewed_as_the_rule_says(desk):
    with pytest.raises(NotFound, match="no key"):
        desk.authenticator.key(OURS, SIM, "COAP")
    line = desk.authenticator.bootstrap(SIM, desk.clock.now_ms()).decode()
    key = desk.authenticator.key(OURS, SIM, "COAP")
    assert line.split(",")[1] == key.secret
    assert key.key_format == "STRING"
    desk.clock.advance(299_999)
    desk.authenticator.bootstrap(SIM, desk.clock.now_ms())
    assert desk.authenticator.key(OURS, SIM, "COAP") == key, "asking is no change"
    desk.clock.advance(300_000)
    desk.authenticator.bootstrap(SIM, desk.clock.now_ms())
    renewed = desk.authenticator.key(OURS, SIM, "COAP")
    assert renewed.secret != key.secret
    assert (renewed.created_ms, renewed.updated_ms) == (START_MS, START_MS + 599_999)


def test_a_wrong_key_is_refused(desk):
    for row, words in (
        (("COAP", "short"), "5 characters"),
        (("COAP", "x" * 257), "257 characters"),
        (("COAP", "with,comma"), "comma"),
        (("COAP", "not printable\n"), "printable"),
        (("COAP", "001122334455667", "HEX"), "hexadecimal"),
        (("COAP", "00 11 22 33 44", "HEX"), "hexadecimal"),
        (("UDP", "long enough"), "UDP"),
        (("COAP", "long enough", "BASE64"), "BASE64"),
    ):
        with pytest.raises(Invalid, match=words) as caught:
            desk.set_key(SIM, *row)
        assert row[1] not in str(caught.value)
    assert desk.authenticator.psk(SIM) is None


def test_keys_of_another_organisation_are_not_there(desk):
    desk.set_key(FOREIGN, "COAP", "their own key", of=THEIRS)
    for call in (
        lambda: desk.authenticator.key(OURS, FOREIGN, "COAP"),
        lambda: desk.set_key(FOREIGN, "COAP", "our own key"),
        lambda: desk.authenticator.key(OURS, "nobody", "COAP"),
    ):
        with pytest.raises(NotFound, match="there is no device"):
            call()
    assert desk.authenticator.psk(FOREIGN) == b"their own key"


# -- imports -----------------------------------------------------------------------------------


def test_an_import_sets_its_keys_after_a_while(desk):
    job_id = desk.start(
        NewKey(SIM, "COAP", "first of many"),
        NewKey(SIM, "LWM2M", "00112233445566", "HEX"),
        NewKey(ANOTHER, "COAP", "00112233445566z", "HEX"),
        NewKey(FOREIGN, "COAP", "not our device"),
        NewKey(ANOTHER, "COAP", "short"),
    )
    [job] = desk.imports.listed(OURS)
    assert (job.job_id, job.status) == (job_id, "IN_PROGRESS")
    assert (job.amount, job.failed, job.done) == (5, 0, 0)
    assert desk.authenticator.psk(SIM) is None
    desk.clock.advance(2_000)
    [job] = desk.imports.listed(OURS)
    assert (job.status, job.amount, job.failed, job.done) == ("DONE", 5, 3, 2)
    assert job.updated_ms == job.created_ms + 2_000
    assert desk.authenticator.psk(SIM) == b"first of many"
    assert desk.authenticator.psk(SIM, "LWM2M") == bytes.fromhex("00112233445566")
    assert desk.authenticator.psk(ANOTHER) is desk.authenticator.psk(FOREIGN) is None
    assert desk.imports.listed(THEIRS) == []
    assert desk.clock.next_due_ms() is None


def test_several_imports_are_done_one_after_the_other(desk):
    for number in range(3):
        desk.start(NewKey(SIM, "COAP", f"key number {number}"))
        desk.clock.advance(10)
    desk.clock.advance(2_000)
    assert [job.status for job in desk.imports.listed(OURS)] == ["DONE"] * 3
    assert desk.authenticator.psk(SIM) == b"key number 2"


def test_an_import_of_what_no_database_takes_is_refused_as_a_whole(desk):
    good = NewKey(SIM, "COAP", "long enough")
    for wrong in (
        NewKey(SIM, "COAP", "x" * 129),
        NewKey(SIM, "COAP", "long\0enough"),
        NewKey(SIM, "COAP", "long enough \ud800"),
        NewKey("9" * 65, "COAP", "long enough"),
        NewKey("\0", "COAP", "long enough"),
        NewKey(SIM, "LWM2M2", "long enough"),
        NewKey(SIM, "COAP", "long enough", "BASE64"),
    ):
        with pytest.raises(Invalid) as caught:
            desk.start(good, wrong)
        assert wrong.secret not in str(caught.value)
    assert desk.imports.listed(OURS) == []


def test_an_import_has_1_to_5000_keys(desk):
    for keys in ((), [NewKey(SIM, "COAP", "long enough")] * 5_001):
        with pytest.raises(Invalid, match="1 to 5000"):
            desk.start(*keys)


def test_an_import_in_progress_is_done_by_the_next_world(desk):
    desk.start(NewKey(SIM, "COAP", "after the restart"))
    desk.imports.close()
    desk.clock.advance(10_000)
    assert desk.authenticator.psk(SIM) is None
    again = Desk(desk.storage)
    again.clock.advance(2_000)
    assert again.imports.listed(OURS)[0].status == "DONE"
    assert again.authenticator.psk(SIM) == b"after the restart"


def test_an_import_waits_for_a_database_that_is_held(desk):
    desk.start(NewKey(SIM, "COAP", "after a while"))
    desk.refusals = 3
    desk.clock.advance(4_000)
    assert desk.imports.listed(OURS)[0].status == "IN_PROGRESS"
    desk.clock.advance(2_000)
    assert desk.imports.listed(OURS)[0].status == "DONE"


def test_imports_are_kept_for_30_days(desk):
    desk.start(NewKey(SIM, "COAP", "long enough"))
    desk.clock.advance(30 * DAY_MS)
    assert len(desk.imports.listed(OURS)) == 1
    desk.clock.advance(1)
    assert desk.imports.listed(OURS) == []
    desk.start(NewKey(SIM, "COAP", "long enough"))
    assert len(desk.imports.listed(OURS)) == 1
