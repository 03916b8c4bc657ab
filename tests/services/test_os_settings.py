"""The customer's settings of 1NCE OS, their credits and disclaimers, and the agreements."""

from __future__ import annotations

import pytest

from nce_sim.backend import open_storage
from nce_sim.problems import Invalid
from nce_sim.services.settings.agreements import Agreements
from nce_sim.services.settings.service import (
    ADVANCED_CELL_TOWER_LOCATION,
    CELL_TOWER_LOCATION,
    GEOFENCING,
    KINDS,
    LWM2M_PASSIVE_REPORTING,
    CustomerSettings,
)
from nce_sim.services.settings.settings import OsSettings
from nce_sim.storage import Work

OURS, THEIRS = 8_000_001, 8_000_002


class Desk:
    """Settings and agreements over a database, with the time in hand."""

    def __init__(self, storage=None, **settings):
        self.now_ms = 1_000_000
        self.storage = storage or open_storage()
        self.settings = CustomerSettings(self.storage, self.wall_ms, OsSettings(**settings))
        self.agreements = Agreements(
            self.storage, self.wall_ms, organisation_id=OURS, has_accepted=True
        )

    def wall_ms(self):
        return self.now_ms

    def switch(self, name, is_on=True, *, of=OURS, **more):
        with self.storage.unit() as work:
            return self.settings.switch(of, name, is_on, work=work, **more)

    def add(self, name, amount, *, of=OURS):
        with self.storage.unit() as work:
            return self.settings.add_credits(of, name, amount, work=work)

    def take(self, name, *, of=OURS):
        with self.storage.unit() as work:
            return self.settings.take_credit(of, name, work=work)


@pytest.fixture
def desk(db):
    desk = Desk(open_storage(db))
    yield desk
    desk.storage.close()


def test_a_setting_is_off_until_it_is_switched_on_by_its_organisation(desk):
    assert not desk.settings.is_enabled(OURS, LWM2M_PASSIVE_REPORTING)
    desk.switch(LWM2M_PASSIVE_REPORTING)
    assert desk.settings.is_enabled(OURS, LWM2M_PASSIVE_REPORTING)
    assert not desk.settings.is_enabled(THEIRS, LWM2M_PASSIVE_REPORTING)
    assert Desk(desk.storage).settings.is_enabled(OURS, LWM2M_PASSIVE_REPORTING)
    desk.switch(LWM2M_PASSIVE_REPORTING, False)
    assert not desk.settings.is_enabled(OURS, LWM2M_PASSIVE_REPORTING)


def test_cell_tower_location_wants_its_disclaimer(desk):
    with pytest.raises(Invalid, match="readAndAcceptedDisclaimer"):
        desk.switch(CELL_TOWER_LOCATION)
    assert not desk.settings.is_enabled(OURS, CELL_TOWER_LOCATION)
    desk.switch(CELL_TOWER_LOCATION, has_read_disclaimer=True)
    assert desk.settings.is_enabled(OURS, CELL_TOWER_LOCATION)
    desk.switch(CELL_TOWER_LOCATION, False)


def test_an_unknown_setting_is_refused(desk):
    with pytest.raises(Invalid, match="'TELEPATHY'"):
        desk.switch("TELEPATHY")


def test_what_has_credits_is_enabled_with_credits_alone(desk):
    with pytest.raises(Invalid, match="no credits"):
        desk.switch(ADVANCED_CELL_TOWER_LOCATION)
    desk.add(ADVANCED_CELL_TOWER_LOCATION, 2)
    desk.switch(ADVANCED_CELL_TOWER_LOCATION)
    with pytest.raises(Invalid, match="has no credits"):
        desk.add(CELL_TOWER_LOCATION, 2)


def test_credits_are_used_one_by_one_and_expire(desk):
    assert not desk.take(GEOFENCING)
    held = desk.add(GEOFENCING, 3)
    desk.add(GEOFENCING, 5, of=THEIRS)
    assert [desk.take(GEOFENCING) for _ in range(4)] == [True, True, True, False]
    assert desk.settings.credits(THEIRS, GEOFENCING).amount == 5
    assert Desk(desk.storage).settings.credits(THEIRS, GEOFENCING).amount == 5
    desk.now_ms = held.expires_ms - 1
    assert desk.settings.credits(THEIRS, GEOFENCING).amount == 5
    desk.now_ms = held.expires_ms
    assert desk.settings.credits(THEIRS, GEOFENCING).amount == 0
    assert desk.add(GEOFENCING, 1, of=THEIRS).amount == 1, "what has expired does not come back"


def test_a_world_may_give_credits_from_the_start():
    desk = Desk(credits_at_start=10)
    desk.take(GEOFENCING)
    assert desk.settings.credits(OURS, GEOFENCING).amount == 9
    desk.storage.close()


def test_settings_are_listed_with_their_credits(desk):
    desk.add(GEOFENCING, 7)
    page = desk.settings.listed(OURS, page_size=3)
    assert (len(page.items), page.page_amount) == (3, 2)
    more = desk.settings.listed(OURS, page=2, page_size=3)
    items = {one.kind.name: one for one in (*page.items, *more.items)}
    assert set(items) == set(KINDS)
    assert items[GEOFENCING].credits.amount == 7
    assert items[CELL_TOWER_LOCATION].credits is None


def test_what_is_rolled_back_has_not_happened(desk):
    desk.add(GEOFENCING, 1)
    work = Work()
    desk.settings.take_credit(OURS, GEOFENCING, work=work)
    desk.settings.switch(OURS, LWM2M_PASSIVE_REPORTING, True, work=work)
    desk.agreements.accept(THEIRS, True, work=work)
    assert desk.agreements.has_accepted(THEIRS)
    work.discard()
    assert desk.settings.credits(OURS, GEOFENCING).amount == 1
    assert not desk.settings.is_enabled(OURS, LWM2M_PASSIVE_REPORTING)
    assert not desk.agreements.has_accepted(THEIRS)


def test_agreements_are_accepted_by_each_organisation_and_never_taken_back(desk):
    assert desk.agreements.has_accepted(OURS)
    assert not desk.agreements.has_accepted(THEIRS)
    with pytest.raises(Invalid, match="only be accepted"), desk.storage.unit() as work:
        desk.agreements.accept(THEIRS, False, work=work)
    with desk.storage.unit() as work:
        desk.agreements.accept(THEIRS, True, work=work)
        desk.agreements.accept(OURS, True, work=work)
    assert desk.agreements.has_accepted(THEIRS)
    assert Desk(desk.storage).agreements.has_accepted(THEIRS)
    assert not desk.agreements.has_accepted(None)
