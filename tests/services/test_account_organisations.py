"""Organisations: sub-accounts, addresses, rules for all SIMs, breakout, APN, VPN, transfer."""

from dataclasses import replace
from random import Random

import pytest

import nce_sim.account.organisations.tables
from nce_sim import NetworkSettings, Settings, World
from nce_sim.account.arrivals import Arrivals
from nce_sim.account.organisations.addresses import BILLING, SHIPPING
from nce_sim.account.organisations.network import CoreNetwork
from nce_sim.account.organisations.organisation import NewOrganisation
from nce_sim.account.organisations.service import Organisations
from nce_sim.account.organisations.settings import OrganisationSettings
from nce_sim.account.organisations.transfer import IccidRange, Transfer
from nce_sim.account.organisations.transfer_log import TransferLog
from nce_sim.account.organisations.vpn import IPSEC, ONLY_MANUAL, OPENVPN, VPC
from nce_sim.account.postal import PostalAddress
from nce_sim.account.world_sims import WorldSims
from nce_sim.problems import Conflict, Invalid, NotFound, Problem, Unprocessable
from nce_sim.storage import Work
from support.account_tables import storage_with

NOW = 1_767_225_600_000
OWN = 8_000_001
NEW = NewOrganisation("Branch", "branch@example.com", "DE")
HOME = PostalAddress(street="Weg", house_number="1", zip="50667", city="Cologne", country="DE")


class Place:
    """A world, its database, and the organisations in it."""

    def __init__(self, storage=None, **settings):
        self.storage = storage or storage_with(nce_sim.account.organisations.tables)
        self.world = World(1, settings=Settings(network=NetworkSettings()))
        self.core = self.world.core
        self.sims = WorldSims(self.world.account, self.core)
        self.organisations = Organisations(
            self.storage,
            Random(1),
            self.sims,
            CoreNetwork(self.core),
            OrganisationSettings(**settings),
            OWN,
            NOW,
        )
        self.arrivals = Arrivals()
        log = TransferLog(self.storage, lambda: NOW)
        self.transfer = Transfer(self.organisations, self.sims, self.arrivals, log)

    def write(self, call):
        with self.storage.unit() as work:
            return call(work)

    def sub(self, parent=OWN):
        made = self.write(lambda work: self.organisations.create(parent, NEW, NOW, work))
        return made.organisation_id

    def move(self, target, *iccids, ranges=(), caller=OWN):
        return self.write(lambda work: self.transfer.start(caller, target, iccids, ranges, work))


@pytest.fixture
def place():
    place = Place()
    yield place
    place.storage.close()


@pytest.fixture
def organisations(place):
    return place.organisations


# -- the account and its sub-accounts ----------------------------------------------------------


def test_the_worlds_own_organisation_is_there_and_has_the_first_block(place, organisations):
    own = organisations.get(OWN)

    assert (own.parent_id, own.account_number, own.block) == (None, "8100000001", "10.160.0.0/24")
    assert place.core.address_of(place.world.add_sim()) == "10.160.0.1"
    assert organisations.breakout(OWN) == ("Manual", "Frankfurt")
    assert organisations.addresses.for_delivery(OWN).city == "Cologne"


def test_sims_that_came_before_the_organisations_keep_their_addresses():
    place = Place()
    sim = place.world.add_sim()
    Organisations(
        storage_with(nce_sim.account.organisations.tables),
        Random(1),
        place.sims,
        CoreNetwork(place.core),
        OrganisationSettings(),
        OWN,
        NOW,
    )

    assert place.core.address_of(sim) == "10.160.0.1"


def test_a_sub_account_has_a_number_and_a_block_of_its_own(place, organisations):
    sub = organisations.get(place.sub())

    assert (sub.organisation_id, sub.parent_id, sub.account_number) == (
        OWN + 1,
        OWN,
        "8100000002",
    )
    assert sub.block == "10.160.1.0/24"
    assert organisations.breakout(OWN + 1) == ("Automatic", "Frankfurt")
    assert organisations.subs(OWN) == [sub]
    assert organisations.customer_of(OWN + 1) == [OWN, OWN + 1]


def test_organisations_outlive_the_process_with_what_the_network_does_for_them(place):
    sub = place.sub()
    place.write(lambda work: place.organisations.set_apn(sub, "Fleet.Example", work))
    place.write(lambda work: place.organisations.set_breakout(sub, "Manual", "Tokyo", work))
    place.write(lambda work: place.organisations.set_breakout(OWN, "Automatic", None, work))
    again = Place(place.storage)

    assert again.organisations.get(sub) == place.organisations.get(sub)
    assert again.organisations.get(sub).apn == "fleet.example"
    assert again.organisations.breakout(sub) == ("Manual", "Tokyo")
    assert again.organisations.breakout(OWN) == ("Automatic", "Frankfurt")
    assert again.organisations.blocks(sub) == ["10.160.1.0/24"]
    assert again.organisations.addresses.of(OWN) == place.organisations.addresses.of(OWN)
    assert again.core.internet.breakout.mode == "Automatic"


def test_the_breakout_of_the_worlds_own_organisation_stays_that_of_its_settings(place):
    place.write(lambda work: place.organisations.change(OWN, phone="+49 221 1", work=work))
    world = World(1, settings=Settings(network=NetworkSettings(breakout_region="Tokyo")))
    organisations = Organisations(
        place.storage,
        Random(1),
        WorldSims(world.account, world.core),
        CoreNetwork(world.core),
        OrganisationSettings(),
        OWN,
        NOW,
    )

    assert organisations.breakout(OWN) == ("Manual", "Tokyo")
    assert organisations.get(OWN).phone == "+49 221 1"


def test_a_sub_account_has_no_sub_accounts_and_their_number_is_bounded():
    place = Place(most_sub_accounts=1)
    sub = place.sub()

    with pytest.raises(Conflict, match=f"sign in to account {OWN}"):
        place.sub(sub)
    with pytest.raises(Conflict, match="has 1 sub-accounts"):
        place.sub()


def test_a_sub_account_that_is_rolled_back_takes_no_block(place, organisations):
    work = Work()
    organisations.create(OWN, NEW, NOW, work)
    work.rolled_back()

    assert organisations.subs(OWN) == []
    assert place.core.blocks.take_block(99) == "10.160.1.0/24"


def test_a_sub_account_is_deleted_without_sims_and_open_orders_alone(place, organisations):
    sub, sim = place.sub(), place.world.add_sim()
    place.move(sub, sim.iccid)

    def delete(has_open_orders=False):
        place.write(
            lambda work: organisations.delete(OWN, sub, has_open_orders=has_open_orders, work=work)
        )

    with pytest.raises(Conflict, match="has 1 SIMs"):
        delete()
    place.move(OWN, sim.iccid)
    with pytest.raises(Conflict, match="open orders"):
        delete(has_open_orders=True)
    delete()
    assert organisations.subs(OWN) == []
    with pytest.raises(NotFound):
        organisations.get(sub)
    assert Place(place.storage).organisations.subs(OWN) == []
    assert organisations.get(place.sub()).block == "10.160.1.0/24"


BAD_ORGANISATIONS = (
    replace(NEW, name=""),
    replace(NEW, name="x" * 101),
    replace(NEW, name="a\nb"),
    replace(NEW, email="nobody"),
    replace(NEW, email="a b@example.com"),
    replace(NEW, country="de"),
    replace(NEW, country="DEU"),
    replace(NEW, country="12"),
    replace(NEW, language="xx"),
    replace(NEW, phone="1" * 41),
    replace(NEW, vat_id="1" * 21),
)


@pytest.mark.parametrize("new", BAD_ORGANISATIONS)
def test_unusable_organisations_are_refused(place, organisations, new):
    with pytest.raises(Invalid):
        place.write(lambda work: organisations.create(OWN, new, NOW, work))
    assert organisations.subs(OWN) == []


# -- addresses ---------------------------------------------------------------------------------


def test_an_order_goes_to_the_single_default_address(place, organisations):
    addresses = organisations.addresses
    [default] = [entry for entry in addresses.of(OWN) if entry.kind == SHIPPING]
    place.write(lambda work: addresses.add(OWN, SHIPPING, HOME, is_default=False, work=work))
    assert addresses.for_delivery(OWN) == default.address

    place.write(lambda work: addresses.add(OWN, SHIPPING, HOME, is_default=True, work=work))
    with pytest.raises(Invalid, match="2 default shipping"):
        addresses.for_delivery(OWN)
    place.write(lambda work: addresses.delete(OWN, default.address_id, work))
    assert addresses.for_delivery(OWN) == HOME


BAD_ADDRESSES = (
    replace(HOME, city=None),
    replace(HOME, zip=""),
    replace(HOME, country="Germany"),
    replace(HOME, salutation="3"),
    replace(HOME, company="x" * 201),
    replace(HOME, first_name="\x00"),
)


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_unusable_addresses_are_refused(place, organisations, address):
    with pytest.raises(Invalid):
        place.write(lambda work: organisations.addresses.add(OWN, BILLING, address, work=work))


def test_an_unknown_kind_of_address_is_refused(place, organisations):
    with pytest.raises(Invalid, match="BILLING or SHIPPING"):
        place.write(lambda work: organisations.addresses.add(OWN, "HOME", HOME, work=work))


# -- all SIMs ----------------------------------------------------------------------------------


def test_who_keeps_limits_hears_of_a_sim_that_is_new_in_an_organisation(place):
    sim, sub, heard = place.world.add_sim(), place.sub(), []
    place.arrivals.keep(
        lambda organisation_id, iccid, work: heard.append(
            (organisation_id, iccid, place.sims.organisation_of(iccid))
        )
    )
    place.move(sub, sim.iccid)

    assert heard == [(sub, sim.iccid, sub)]


def test_an_imei_lock_for_all_sims_ends_their_sessions(place):
    sims = [place.world.add_sim() for _ in range(2)]
    ended = []
    for sim in sims:
        place.core.open_session(sim, print, on_closed=ended.append)
    place.write(lambda work: place.organisations.rules.set_imei_lock(OWN, True, work))

    assert len(ended) == 2
    assert all(place.world.account.subscription(sim).is_imei_locked for sim in sims)


def test_a_delivered_sim_gets_what_was_set_for_future_orders(place):
    rules, account = place.organisations.rules, place.world.account
    place.write(
        lambda work: rules.set_for_new_sims(OWN, imei_lock=True, auto_top_up=True, work=work)
    )
    sim = place.world.add_sim()
    place.write(lambda work: rules.delivered(OWN, sim.iccid, work))

    found = account.subscription(sim)
    assert (found.is_imei_locked, found.tops_up_by_itself) == (True, True)


def test_auto_top_up_needs_a_card(place):
    place.write(lambda work: place.organisations.set_payment_methods(OWN, ("banktransfer",), work))

    with pytest.raises(Conflict, match="credit card"):
        place.write(
            lambda work: place.organisations.rules.set_for_new_sims(
                OWN, auto_top_up=True, work=work
            )
        )


def test_an_unknown_payment_method_is_refused(place):
    with pytest.raises(Invalid, match="'cash'"):
        place.write(lambda work: place.organisations.set_payment_methods(OWN, ("cash",), work))


def test_nothing_happens_to_a_sim_when_the_work_is_rolled_back(place):
    sim, sub = place.world.add_sim(), place.sub()
    work = Work()
    place.organisations.rules.set_imei_lock(OWN, True, work)
    place.organisations.set_apn(OWN, "fleet.example", work)
    place.transfer.start(OWN, sub, [sim.iccid], [], work)
    work.rolled_back()

    assert not place.world.account.subscription(sim).is_imei_locked
    assert place.organisations.get(OWN).apn is None
    assert not place.core.apn_is_known("fleet.example", sim)
    assert place.sims.iccids(OWN) == [sim.iccid]
    assert place.core.address_of(sim) == "10.160.0.1"


# -- breakout and APN --------------------------------------------------------------------------


def test_a_breakout_is_that_of_one_organisation(place):
    ours, theirs, sub = place.world.add_sim(), place.world.add_sim(), place.sub()
    place.move(sub, theirs.iccid)
    place.write(lambda work: place.organisations.set_breakout(sub, "Manual", "Tokyo", work))

    assert place.core.open_session(ours, print).region == "Frankfurt"
    assert place.core.open_session(theirs, print).region == "Tokyo"
    place.write(lambda work: place.organisations.set_breakout(OWN, "Manual", "N. Virginia", work))
    assert place.core.open_session(ours, print).region == "N. Virginia"


@pytest.mark.parametrize(("mode", "region"), [("manual", "Tokyo"), ("Manual", "Rome")])
def test_an_unknown_breakout_is_refused(place, mode, region):
    with pytest.raises(Invalid):
        place.write(lambda work: place.organisations.set_breakout(OWN, mode, region, work))


APNS = (
    "",
    "-a.example",
    "a..b",
    "a b",
    "x" * 101,
    "iot.1nce.net.gprs",
    "ä.example",
    "a.example\n",
)


@pytest.mark.parametrize("apn", APNS)
def test_an_unusable_apn_is_refused(place, apn):
    with pytest.raises(Invalid):
        place.write(lambda work: place.organisations.set_apn(OWN, apn, work))


# -- VPN ---------------------------------------------------------------------------------------


def create_vpn(place, kind=OPENVPN, organisation_id=OWN, **fields):
    return place.write(
        lambda work: place.organisations.vpn.create(
            organisation_id, kind, "office", fields, NOW, work
        )
    )


def test_openvpn_is_enrolled_once_and_its_token_shown_once(place):
    with pytest.raises(NotFound, match="enrol first"):
        place.organisations.vpn.client_file(OWN)
    issued = create_vpn(place)

    assert len(issued.token) > 128
    assert issued.token not in repr(issued)
    name, text = place.organisations.vpn.client_file(OWN)
    assert name == "eu-central-1-client.ovpn"
    assert "remote eu-central-1.vpn.1nce.com 1194\ntun-mtu 1300\n" in text
    assert "no traffic is carried" in text
    assert Place(place.storage).organisations.vpn.of(OWN) == [issued.configuration]
    with pytest.raises(Conflict, match="the organisation has its OpenVPN client"):
        create_vpn(place)


def test_openvpn_needs_manual_mode(place):
    place.write(lambda work: place.organisations.set_breakout(OWN, "Automatic", None, work))

    with pytest.raises(Conflict, match=ONLY_MANUAL[:40]):
        create_vpn(place)


@pytest.mark.parametrize("one_vpn_per_customer", [False, True])
def test_a_sub_account_has_an_openvpn_of_its_own_on_the_first_platform_alone(
    one_vpn_per_customer,
):
    place = Place(one_vpn_per_customer=one_vpn_per_customer, new_breakout_mode="Manual")
    sub = place.sub()
    create_vpn(place)
    if one_vpn_per_customer:
        with pytest.raises(Conflict, match="the customer"):
            create_vpn(place, organisation_id=sub)
    else:
        assert create_vpn(place, organisation_id=sub).token


VPNS = (
    ("PPTP", {}, False),
    (OPENVPN, {"peer_address": "203.0.113.1"}, False),
    (IPSEC, {"peer_address": "203.0.113.1", "remote_networks": ["10.8.0.0/24"]}, True),
    (IPSEC, {"peer_address": "203.0.113.1"}, False),
    (IPSEC, {"peer_address": "203.0.113.x", "remote_networks": ["10.8.0.0/24"]}, False),
    (IPSEC, {"peer_address": "203.0.113.1", "remote_networks": ["10.8.0.0/33"]}, False),
    (IPSEC, {"peer_address": "203.0.113.1", "remote_networks": []}, False),
    (
        VPC,
        {
            "aws_account_id": "123456789012",
            "vpc_id": "vpc-1",
            "region": "eu-central-1",
            "remote_networks": ["10.8.0.0/24"],
        },
        True,
    ),
)


@pytest.mark.parametrize(("kind", "fields", "is_taken"), VPNS)
def test_what_a_vpn_has_to_name(place, kind, fields, is_taken):
    if is_taken:
        assert create_vpn(place, kind, **fields).token is None
    else:
        with pytest.raises(Invalid):
            create_vpn(place, kind, **fields)


# -- transfer ----------------------------------------------------------------------------------


def test_a_transferred_sim_gets_an_address_of_its_new_organisation_and_its_session_ends(place):
    sim, sub, ended = place.world.add_sim(), place.sub(), []
    place.core.open_session(sim, print, on_closed=ended.append)

    assert place.move(sub, sim.iccid) == [sim.iccid]
    assert place.core.address_of(sim) == "10.160.1.1"
    assert ended == ["the SIM was transferred"]
    assert place.sims.iccids(sub) == [sim.iccid]
    assert place.sims.iccids(OWN) == []
    assert place.move(None, sim.iccid, caller=sub) == [sim.iccid]
    assert place.core.address_of(sim).startswith("10.160.0.")


def test_a_range_takes_the_sims_that_the_caller_sees(place):
    sims = [place.world.add_sim() for _ in range(4)]
    sub, other = place.sub(), place.sub()
    place.move(other, sims[1].iccid)
    place.move(None, sims[1].iccid, caller=other)
    first_to_third = IccidRange(sims[0].iccid, sims[2].iccid)

    assert place.move(sub, ranges=[first_to_third]) == [sim.iccid for sim in sims[:3]]
    assert place.sims.iccids(OWN) == [sims[3].iccid]


def test_a_sim_never_goes_from_one_sub_account_to_another(place):
    sim, one, two = place.world.add_sim(), place.sub(), place.sub()
    place.move(one, sim.iccid)

    with pytest.raises(Conflict, match="to the account first"):
        place.move(two, sim.iccid)
    with pytest.raises(Conflict, match="to the account first"):
        place.move(two, sim.iccid, caller=one)
    with pytest.raises(Conflict, match="already"):
        place.move(one, sim.iccid)
    with pytest.raises(NotFound):  # a sub-account does not see its sister's SIMs
        place.move(None, sim.iccid, caller=two)


def test_an_expired_sim_is_not_transferred(place):
    sim, sub = place.world.add_sim(), place.sub()
    place.world.account.subscription(sim).is_expired = True

    with pytest.raises(Unprocessable, match="Only extensions are permitted"):
        place.move(sub, sim.iccid)
    assert place.core.address_of(sim) == "10.160.0.1"


BAD_TRANSFERS = (
    (None, ("ours",), (), Invalid),
    (OWN + 1, (), (), Invalid),
    (OWN + 1, ("8988228066600000000",), (), NotFound),
    (OWN + 9, ("ours",), (), NotFound),
    (OWN + 1, ("ours",), (IccidRange("8988228066699999990", "8988228066600000000"),), Invalid),
    (OWN + 1, ("ours",), (IccidRange("1", "2"),), Invalid),
    (OWN + 1, (), (IccidRange("8988228066600000000", "8988228066600000001"),), NotFound),
)


@pytest.mark.parametrize(("target", "iccids", "ranges", "problem"), BAD_TRANSFERS)
def test_an_impossible_transfer_moves_nothing(place, target, iccids, ranges, problem):
    sim = place.world.add_sim()
    place.sub()
    named = [sim.iccid if iccid == "ours" else iccid for iccid in iccids]

    with pytest.raises(problem):
        place.move(target, *named, ranges=ranges)
    assert place.sims.iccids(OWN) == [sim.iccid]


def test_a_transfer_that_finds_no_address_moves_nothing():
    place = Place()
    place.world.core.blocks._networks = place.world.core.blocks._networks[:2]
    sub = place.sub()
    sims = [place.world.add_sim() for _ in range(256)]
    place.move(sub, *(sim.iccid for sim in sims))
    late = place.world.add_sim()

    with pytest.raises(Conflict, match="full"):
        place.move(sub, late.iccid)
    assert place.sims.iccids(OWN) == [late.iccid]


# -- before and after a transfer ---------------------------------------------------------------


def test_a_preview_says_of_each_range_what_it_has_and_what_is_wrong(place):
    sims = [place.world.add_sim() for _ in range(4)]
    sub, iccids = place.sub(), [sim.iccid for sim in sims]
    place.move(sub, iccids[3])
    place.world.account.subscription(sims[2]).is_expired = True
    ranges = [
        IccidRange(iccids[0], iccids[1]),
        IccidRange(iccids[1], iccids[1]),
        IccidRange(iccids[2], iccids[2]),
        IccidRange(iccids[3], iccids[3]),
        IccidRange(iccids[1], iccids[0]),
        IccidRange("1", iccids[0]),
    ]
    seen = place.transfer.preview(OWN, None, sub, ranges)

    assert [len(one.iccids) for one in seen] == [2, 1, 1, 0, 0, 0]
    assert seen[0].problem is None
    words = ("earlier range", "expired", "Example GmbH has no SIM", "smaller one first", "digits")
    for one, word in zip(seen[1:], words, strict=True):
        assert word in (one.problem or ""), one
    assert place.sims.iccids(OWN) == iccids[:3]
    back = place.transfer.preview(OWN, sub, OWN, [IccidRange(iccids[0], iccids[3])])
    assert [one.iccids for one in back] == [[iccids[3]]]


def test_a_preview_and_a_source_know_the_bounds_of_a_transfer(place):
    one, two, sim = place.sub(), place.sub(), place.world.add_sim()
    whole = [IccidRange(sim.iccid, sim.iccid)]

    for source, target, caller, problem in (
        (one, two, OWN, Conflict),
        (None, OWN, OWN, Conflict),
        (two, None, one, NotFound),
        (None, OWN + 9, OWN, NotFound),
        (None, None, OWN, Invalid),
    ):
        with pytest.raises(problem):
            place.transfer.preview(caller, source, target, whole)
    with pytest.raises(NotFound):  # it is of another source
        place.write(
            lambda work: place.transfer.start(OWN, OWN, [sim.iccid], [], work, source_id=one)
        )


def test_the_history_is_of_both_sides_and_outlives_the_sub_account(place):
    sims = [place.world.add_sim() for _ in range(3)]
    sub, sister, iccids = place.sub(), place.sub(), [sim.iccid for sim in sims]
    log = place.transfer.log
    place.write(
        lambda work: place.transfer.start(OWN, sub, iccids[:2], [], work, user="ada@example.com")
    )
    place.move(None, *iccids[:2], caller=sub)

    [back, there], total = log.page(OWN, page=1, size=10)
    assert (total, back.is_to_sub, there.is_to_sub) == (2, False, True)
    assert (there.sims, there.user, there.at_ms) == (2, "ada@example.com", NOW)
    assert [one.user for one in log.page(sub, page=1, size=10)[0]] == [None, None]
    assert log.page(OWN, page=2, size=1) == ([there], 2)
    assert log.page(sister, page=1, size=10) == ([], 0)
    assert log.iccids(sub, there.transfer_id) == iccids[:2]
    with pytest.raises(NotFound):
        log.iccids(sister, there.transfer_id)
    place.write(
        lambda work: place.organisations.delete(OWN, sub, has_open_orders=False, work=work)
    )
    assert log.page(OWN, page=1, size=10) == ([back, there], 2)
    assert TransferLog(place.storage, lambda: NOW)._last_id == back.transfer_id


# -- isolation ---------------------------------------------------------------------------------

# Each call is made by one sub-account with the ids of its sister.
ISOLATED = (
    lambda place, one, two, ids, work: place.organisations.sub(one, two),
    lambda place, one, two, ids, work: place.organisations.sub(one, OWN),
    lambda place, one, two, ids, work: place.organisations.delete(
        one, two, has_open_orders=False, work=work
    ),
    lambda place, one, two, ids, work: place.organisations.addresses.get(one, ids["address"]),
    lambda place, one, two, ids, work: place.organisations.addresses.change(
        one, ids["address"], is_default=False, work=work
    ),
    lambda place, one, two, ids, work: place.organisations.addresses.delete(
        one, ids["address"], work
    ),
    lambda place, one, two, ids, work: place.organisations.vpn.get(one, ids["vpn"]),
    lambda place, one, two, ids, work: place.organisations.vpn.delete(one, ids["vpn"], work),
    lambda place, one, two, ids, work: place.organisations.vpn.client_file(one),
    lambda place, one, two, ids, work: place.transfer.start(one, None, [ids["sim"]], [], work),
    lambda place, one, two, ids, work: place.transfer.start(
        one, OWN, [], [IccidRange(ids["sim"], ids["sim"])], work
    ),
)


@pytest.mark.parametrize("call", ISOLATED)
def test_a_sub_account_finds_nothing_of_its_sister(call):
    place = Place(new_breakout_mode="Manual")
    one, two, sim = place.sub(), place.sub(), place.world.add_sim()
    place.move(two, sim.iccid)
    addresses = place.organisations.addresses
    entry = place.write(
        lambda work: addresses.add(two, SHIPPING, HOME, is_default=True, work=work)
    )
    vpn = create_vpn(place, organisation_id=two).configuration
    ids = {"address": entry.address_id, "vpn": vpn.vpn_id, "sim": sim.iccid}

    with pytest.raises(Problem) as caught:
        place.write(lambda work: call(place, one, two, ids, work))
    assert isinstance(caught.value, NotFound)
    assert addresses.of(one) == []
    assert addresses.of(two) == [entry]
    assert place.organisations.vpn.of(one) == []
    assert place.organisations.vpn.of(two) == [vpn]
    assert place.sims.iccids(two) == [sim.iccid]
