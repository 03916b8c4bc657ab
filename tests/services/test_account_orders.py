"""Orders: placed, paid, delivered; top-ups, extensions, and what becomes of SIMs."""

from dataclasses import replace
from decimal import Decimal

import pytest

from nce_sim import NetworkSettings, RoamingRule, Settings, World
from nce_sim.account.access.settings import AccessSettings
from nce_sim.account.orders.order import OrderLine
from nce_sim.account.orders.settings import OrderSettings
from nce_sim.account.organisations.organisation import NewOrganisation
from nce_sim.account.organisations.settings import OrganisationSettings
from nce_sim.account.postal import PostalAddress
from nce_sim.account.products.catalogue import PRODUCTS, SIM_PRODUCTS
from nce_sim.backend_settings import BackendSettings
from nce_sim.customers import Customers
from nce_sim.network.causes import AttachRejected
from nce_sim.problems import Conflict, Invalid, NotFound, PaymentRefused, Unprocessable
from nce_sim.storage import Work
from nce_sim.storage.metadata import METADATA
from support.account_tables import storage_with

OWN, THEIRS = 8_000_001, 8_000_002
MINUTE, DAY = 60_000, 86_400_000
PACKED_AND_DELIVERED = 660_000
HOME = PostalAddress(street="Weg", house_number="1", zip="50667", city="Cologne", country="DE")
SLOW_BANK = OrderSettings(paid_after_ms={"banktransfer": 2 * DAY, "creditcard": 0})


class Place:
    """A world, its database, and the customers in it."""

    def __init__(self, storage=None, orders=None, network=None, roaming=(), **organisation):
        self.storage = storage or storage_with()
        settings = Settings(network=network or NetworkSettings(), roaming=dict(roaming))
        self.world = World(1, settings=settings)
        self.customers = Customers(
            self.world,
            self.storage,
            BackendSettings(
                access=AccessSettings(scrypt_cost=2),
                orders=orders or OrderSettings(),
                organisations=OrganisationSettings(**organisation),
            ),
        )
        self.customers.start()
        self.orders = self.customers.orders
        self.account = self.world.account

    def write(self, call):
        with self.storage.unit() as work:
            return call(work)

    def order(self, *lines, organisation_id=OWN, address=None, reference=None):
        named = [OrderLine(*line) for line in lines]
        return self.write(
            lambda work: self.orders.place(organisation_id, named, address, reference, work)
        )

    def top_up(self, *iccids, organisation_id=OWN, method="banktransfer"):
        return self.write(lambda work: self.orders.top_up(organisation_id, iccids, method, work))

    def extend(self, *iccids, product_id=None, organisation_id=OWN, method="banktransfer"):
        return self.write(
            lambda work: self.orders.extend(organisation_id, iccids, product_id, method, work)
        )

    def status(self, number, organisation_id=OWN):
        return self.orders.get(organisation_id, number).status

    def neighbour(self):
        new = NewOrganisation("Neighbour", "neighbour@example.com", "DE")
        self.write(lambda work: self.customers.organisations.open_account(new, 0, work))
        return self.world.issue_sim(THEIRS)

    def data(self, sim):
        return self.account.subscription(sim).data.remaining


@pytest.fixture
def place():
    return Place()


# -- orders of SIMs ----------------------------------------------------------------------------


def test_an_order_is_prepared_and_delivered_and_its_sims_work(place):
    order = place.order((1001, 2), (1003, 1), reference="PO 7")
    assert (order.order_number, order.order_type, order.status) == (
        2_000_000_001,
        "FIRST_ORDER",
        "IN_PREPARATION",
    )
    assert (order.invoice_amount, order.currency) == ("38.08", "EUR")  # 32 and 19 %
    assert place.world.sims == []

    place.world.advance(PACKED_AND_DELIVERED - 1)
    assert place.status(order.order_number) == "IN_PREPARATION"
    place.world.advance(1)
    found = place.orders.get(OWN, order.order_number)
    assert found.status == "COMPLETED"
    assert sorted(found.iccids) == sorted(sim.iccid for sim in place.world.sims)
    assert found.reference == "PO 7"
    assert found.address.city == "Cologne"
    classes = sorted(each.sim_class for each in place.account.subscriptions())
    assert classes == [
        "IoT SIM Card Business",
        "IoT SIM Card Business",
        "IoT SIM Chip Industrial",
    ]
    assert place.world.core.open_session(place.world.sims[0], print).host == "10.160.0.1"
    assert place.order((1001, 1)).order_type == "ADDITIONAL_ORDER"


def test_an_order_goes_on_after_a_restart_and_is_delivered_once(place):
    number = place.order((1001, 2)).order_number
    again = Place(place.storage)
    again.world.advance(PACKED_AND_DELIVERED)
    assert again.status(number) == "COMPLETED"
    once_more = Place(place.storage)
    once_more.world.advance(PACKED_AND_DELIVERED)

    assert len(once_more.account.subscriptions()) == 2
    assert once_more.orders.get(OWN, number).iccids == again.orders.get(OWN, number).iccids
    assert once_more.order((1001, 1)).order_number == number + 1


def test_more_orders_than_one_commit_takes_are_delivered_once_each(place):
    for _ in range(70):
        place.order((1001, 1))
    place.world.advance(PACKED_AND_DELIVERED)
    place.world.advance(1)

    assert len(place.world.sims) == 70
    assert not place.orders.has_open(OWN)


def test_sims_of_an_order_belong_to_the_one_who_ordered(place):
    place.neighbour()
    place.order((1001, 1), organisation_id=THEIRS, address=HOME)
    place.world.advance(PACKED_AND_DELIVERED)

    delivered = place.world.sims[-1]
    assert place.account.subscription(delivered).organisation_id == THEIRS
    assert place.world.core.address_of(delivered) == "10.160.1.2"
    row = place.storage.read(METADATA.tables["subscription"].select())[-1]
    assert (row.organisation_id, row.address) == (THEIRS, "10.160.1.2")


def test_a_delivered_sim_gets_what_was_set_for_future_orders(place):
    place.write(
        lambda work: place.customers.organisations.rules.set_for_new_sims(
            OWN, imei_lock=True, auto_top_up=True, work=work
        )
    )
    arrived = []
    place.customers.arrivals.keep(lambda organisation_id, iccid, work: arrived.append(iccid))
    place.order((1001, 1))
    place.world.advance(PACKED_AND_DELIVERED)

    [subscription] = place.account.subscriptions()
    assert (subscription.is_imei_locked, subscription.tops_up_by_itself) == (True, True)
    assert arrived == [subscription.sim.iccid]


def test_a_multi_imsi_card_has_a_second_imsi(place):
    place.order((1004, 1), (1006, 1), (1001, 1))
    place.world.advance(PACKED_AND_DELIVERED)

    found = {each.sim_class: each.imsi_2 for each in place.account.subscriptions()}
    assert found["IoT SIM Card Business"] is None
    assert found["IoT SIM Card Business China+"].startswith("454")
    assert found["IoT SIM Chip Industrial eUICC"].startswith("72468")
    assert all(len(imsi) == 15 for imsi in found.values() if imsi)


def test_an_order_that_finds_no_address_is_cancelled_as_a_whole():
    place = Place(network=NetworkSettings(account_block="10.160.0.0/30", next_account_blocks=()))
    place.world.add_sim()
    number = place.order((1001, 4)).order_number
    other = place.order((1001, 2)).order_number
    place.world.advance(PACKED_AND_DELIVERED)

    assert place.status(number) == "CANCELLED"
    assert place.orders.get(OWN, number).iccids == ()
    assert place.status(other) == "COMPLETED"
    assert len(place.world.sims) == 3
    assert len(place.account.subscriptions()) == 3
    assert len({place.world.core.address_of(sim) for sim in place.world.sims}) == 3
    place.world.advance(2_000)  # what changed in passing is saved
    again = Place(place.storage)
    assert len(again.account.subscriptions()) == 3


def test_a_sim_is_not_saved_before_the_order_that_delivers_it(place):
    work = Work()
    place.world.issue(OWN, SIM_PRODUCTS[0].sim_class, work)
    place.world.advance(2_000)  # what changed in passing is saved

    assert Place(place.storage).account.subscriptions() == []
    work.rolled_back()
    assert place.world.sims == place.account.subscriptions() == []


def test_credits_are_there_with_the_payment(place):
    settings, name = place.customers.customer_settings, "GEOFENCING"
    before = settings.credits(OWN, name).amount
    order = place.order((3002, 2))

    assert (order.status, order.address) == ("COMPLETED", None)
    assert settings.credits(OWN, name).amount == before + 2_000


def test_a_payment_that_takes_days_delays_everything():
    place = Place(orders=SLOW_BANK)
    order = place.order((1001, 1))
    assert order.status == "IN_PROGRESS"
    place.world.advance(2 * DAY)
    assert place.status(order.order_number) == "IN_PREPARATION"
    place.world.advance(PACKED_AND_DELIVERED)
    assert place.status(order.order_number) == "COMPLETED"


BAD_ORDERS = (
    ([], None, Invalid),
    ([(9, 1)], None, NotFound),
    ([(1001, 0)], None, Invalid),
    ([(1001, 10_001)], None, Invalid),
    ([(2001, 1)], None, Invalid),
    ([(2002, 1)], None, Invalid),
    ([(1001, 1)] * 51, None, Invalid),
    ([(1001, 1)], replace(HOME, city=None), Invalid),
)


@pytest.mark.parametrize(("lines", "address", "problem"), BAD_ORDERS)
def test_an_impossible_order_is_refused(place, lines, address, problem):
    with pytest.raises(problem):
        place.order(*lines, address=address)
    assert place.orders.page(OWN, "order_number", page=1, size=10) == ([], 0)


def test_an_order_without_an_address_needs_one_default(place):
    addresses = place.customers.organisations.addresses
    place.write(lambda work: addresses.add(OWN, "SHIPPING", HOME, is_default=True, work=work))

    with pytest.raises(Invalid, match="2 default shipping addresses"):
        place.order((1001, 1))
    assert place.order((1001, 1), address=HOME).address == HOME


def test_an_order_that_is_rolled_back_was_never_placed(place):
    work = Work()
    place.orders.place(OWN, [OrderLine(1001, 1)], None, None, work)
    work.rolled_back()
    place.world.advance(PACKED_AND_DELIVERED)

    assert place.world.sims == []
    assert not place.orders.has_open(OWN)


# -- top-up and extension ----------------------------------------------------------------------


def test_a_top_up_brings_a_blocked_sim_back_at_once(place):
    sim = place.world.add_sim()
    place.account.exhaust(sim)
    assert place.account.pdp_refusal(sim).code == "QUOTA_EXHAUSTED"
    number = place.top_up(sim.iccid)

    assert place.account.pdp_refusal(sim) is None
    assert place.data(sim) == 500_000_000
    found = place.orders.get(OWN, number)
    assert (found.order_type, found.status, found.iccids, found.invoice_amount) == (
        "TOPUP",
        "COMPLETED",
        (sim.iccid,),
        "11.90",
    )


def test_a_bulk_top_up_is_one_order(place):
    sims = [place.world.add_sim() for _ in range(3)]
    number = place.top_up(*(sim.iccid for sim in sims), sims[0].iccid)

    found = place.orders.get(OWN, number)
    assert found.order_type == "BULK_TOPUP"
    assert found.invoice_amount == "35.70"
    assert found.lines == (OrderLine(2001, 3),)
    assert [place.data(sim) for sim in sims] == [1_000_000_000] * 3


def test_a_top_up_by_bank_transfer_waits_for_the_money_and_a_card_does_not():
    place = Place(orders=SLOW_BANK)
    slow, fast = place.world.add_sim(), place.world.add_sim()
    number = place.top_up(slow.iccid)
    place.top_up(fast.iccid, method="creditcard")
    assert (place.data(slow), place.data(fast)) == (500_000_000, 1_000_000_000)
    assert place.status(number) == "IN_PROGRESS"
    place.world.advance(2 * DAY)

    assert place.data(slow) == 1_000_000_000
    assert place.status(number) == "COMPLETED"


def test_a_top_up_that_was_paid_while_the_world_stood_still_is_there_once():
    place = Place(orders=SLOW_BANK)
    iccid = place.world.add_sim().iccid
    place.world.advance(1_000)  # the SIM is saved
    place.top_up(iccid)
    again = Place(place.storage, orders=SLOW_BANK)
    again.world.advance(2 * DAY + 2_000)
    assert again.data(again.world.core.sim_of(iccid)) == 1_000_000_000
    once_more = Place(place.storage, orders=SLOW_BANK)
    once_more.world.advance(2 * DAY + 2_000)

    assert once_more.data(once_more.world.core.sim_of(iccid)) == 1_000_000_000


def test_a_sim_that_was_transferred_meanwhile_gets_nothing():
    place = Place(orders=SLOW_BANK)
    sim, new = place.world.add_sim(), NewOrganisation("Branch", "branch@example.com", "DE")
    sub = place.write(
        lambda work: place.customers.organisations.create(OWN, new, 0, work)
    ).organisation_id
    place.top_up(sim.iccid)
    place.write(lambda work: place.customers.transfer.start(OWN, sub, [sim.iccid], [], work))
    place.world.advance(2 * DAY)

    assert place.data(sim) == 500_000_000


def test_an_expired_sim_is_extended_and_never_topped_up(place):
    sim = place.world.add_sim()
    place.world.advance(3_652 * DAY)
    assert place.account.subscription(sim).is_expired
    with pytest.raises(Unprocessable, match="Only extensions are permitted"):
        place.top_up(sim.iccid)
    number = place.extend(sim.iccid)

    assert place.orders.get(OWN, number).order_type == "TARIFF_CHANGE"
    assert not place.account.subscription(sim).is_expired
    assert place.data(sim) == 500_000_000  # [D] an extension renews the quota
    assert place.world.core.open_session(sim, print)


def test_a_sim_that_was_deleted_is_not_found(place):
    sim = place.world.add_sim()
    place.world.advance(3_652 * DAY)
    place.world.advance(548 * DAY)

    with pytest.raises(NotFound, match="expired and was deleted"):
        place.extend(sim.iccid)


def test_an_extension_may_change_the_product(place):
    sim = place.world.add_sim()
    number = place.extend(sim.iccid, product_id=1002)

    assert place.orders.get(OWN, number).lines == (OrderLine(1002, 1),)
    with pytest.raises(Invalid, match="no tariff"):
        place.extend(sim.iccid, product_id=3001)
    with pytest.raises(NotFound, match="no product 7"):
        place.extend(sim.iccid, product_id=7)


@pytest.mark.parametrize("method", ["monthlyinvoice", "boleto", "cash"])
@pytest.mark.parametrize("act", ["top_up", "extend"])
def test_a_payment_method_that_the_organisation_lacks_is_refused(place, act, method):
    sim = place.world.add_sim()

    with pytest.raises(PaymentRefused, match=r"^Payment method used is not valid\.$"):
        getattr(place, act)(sim.iccid, method=method)
    assert place.data(sim) == 500_000_000


def test_an_organisation_that_cannot_pay_orders_nothing():
    place = Place(payment_methods=())

    with pytest.raises(PaymentRefused, match="Payment method"):
        place.order((1001, 1))


@pytest.mark.parametrize("act", ["top_up", "extend"])
def test_no_sim_and_an_unknown_sim_are_refused(place, act):
    with pytest.raises(Invalid, match="no SIM is named"):
        getattr(place, act)()
    with pytest.raises(NotFound):
        getattr(place, act)("8988228066600000000")


def test_a_sim_that_runs_low_orders_by_itself_when_a_card_is_saved(place):
    sim = place.world.add_sim()
    place.account.set_auto_top_up(sim, True)
    place.account.count_data(sim, 450_000_000)
    place.world.advance(4 * 60 * MINUTE)

    assert place.data(sim) == 550_000_000
    [order], total = place.orders.page(OWN, "order_number", page=1, size=10)
    assert (total, order.order_type, order.payment_method) == (1, "TOPUP", "creditcard")
    assert order.iccids == (sim.iccid,)


def test_a_sim_orders_nothing_by_itself_without_a_card():
    place = Place(payment_methods=("banktransfer",))
    sim = place.world.add_sim()
    place.account.set_auto_top_up(sim, True)
    place.account.count_data(sim, 450_000_000)
    place.world.advance(4 * 60 * MINUTE)

    assert place.data(sim) == 50_000_000
    assert place.orders.page(OWN, "order_number", page=1, size=10) == ([], 0)


# -- profiles ----------------------------------------------------------------------------------


def delivered(place, product_id):
    place.order((product_id, 1))
    place.world.advance(PACKED_AND_DELIVERED)
    return place.world.sims[-1]


def switch(place, sim):
    return place.write(lambda work: place.customers.world_sims.switch_profile(sim.iccid, work))


def test_a_card_with_two_profiles_is_another_subscriber_on_the_air(place):
    sim, ended = delivered(place, 1006), []
    first = sim.imsi
    place.world.core.open_session(sim, print, on_closed=ended.append)

    assert switch(place, sim) == sim.imsi == place.account.subscription(sim).imsi_2
    assert ended == ["connection reset"]
    assert sim.imsi.startswith("72468")
    assert sim.first_imsi == first
    again = Place(place.storage)
    restored = again.world.core.sim_of(sim.iccid)
    assert (restored.imsi, restored.first_imsi) == (sim.imsi, first)
    assert switch(again, restored) == first


def test_a_switch_that_is_rolled_back_did_not_happen(place):
    sim = delivered(place, 1004)
    first, work = sim.imsi, Work()
    place.customers.world_sims.switch_profile(sim.iccid, work)
    work.rolled_back()

    assert sim.imsi == first


def test_a_card_with_one_profile_has_none_to_switch_to(place):
    sim = delivered(place, 1001)

    with pytest.raises(Conflict, match="has one profile"):
        switch(place, sim)


def test_an_operator_may_take_one_profile_alone():
    rule = RoamingRule(imsi_prefixes=("454",), forbidden_emm_cause=11)
    place = Place(roaming={"26201": rule})
    sim, [cell] = delivered(place, 1004), place.world.operator.cells
    with pytest.raises(AttachRejected, match="no guests with an IMSI of 90140") as refused:
        place.world.operator.register(sim, cell)
    assert refused.value.emm_cause == 11
    switch(place, sim)

    assert place.world.operator.register(sim, cell)


# -- reading -----------------------------------------------------------------------------------


def test_orders_are_listed_by_pages_and_keys(place):
    sim = place.world.add_sim()
    for _ in range(2):
        place.order((1001, 1))
        place.world.advance(MINUTE)
    place.top_up(sim.iccid)
    numbers = [2_000_000_001, 2_000_000_002, 2_000_000_003]

    def listed(sort, page=1, size=10):
        found, total = place.orders.page(OWN, sort, page=page, size=size)
        assert total == 3
        return [order.order_number for order in found]

    assert listed("order_number") == numbers
    assert listed("order_date") == numbers
    assert listed("order_status,order_date") == [numbers[2], *numbers[:2]]
    assert listed("order_number", page=2, size=2) == numbers[2:]
    assert listed("order_number", page=3, size=2) == []
    with pytest.raises(Invalid, match="'price'; sort by"):
        listed("order_date,price")


# -- the catalogue -----------------------------------------------------------------------------

# Service description, 2.2.1: form factors and temperatures.
CLASSES = {
    1001: (("2FF", "3FF", "4FF"), (-25, 85)),
    1002: (("2FF",), (-40, 105)),
    1003: (("MFF2", "QFN8"), (-40, 105)),
    1004: (("2FF", "3FF", "4FF"), (-25, 85)),
    1005: (("2FF", "3FF", "4FF"), (-25, 85)),
    1006: (("MFF2", "QFN8"), (-40, 105)),
}


def test_the_classes_of_sims_are_those_of_the_service_description():
    found = {
        product.id: (product.sim_class.forms, product.sim_class.temperature)
        for product in SIM_PRODUCTS
    }

    assert found == CLASSES
    standard = {product.id for product in SIM_PRODUCTS if product.sim_class.is_standard}
    assert standard == {1001, 1003}


def test_the_documented_product_is_as_documented():
    found = PRODUCTS[0]

    assert (found.id, found.name, found.material) == (
        1001,
        "1NCE IoT FlexSIM - Standard",
        "1NCE FlexSIM",
    )
    assert (found.package_size, found.min_quantity, found.min_contract_duration) == (1, 1, 120)
    assert [tuple(charge) for charge in found.charges] == [("provisionCharge", Decimal(10), "EUR")]
    assert len({product.id for product in PRODUCTS}) == len(PRODUCTS)


# -- isolation ---------------------------------------------------------------------------------

ISOLATED = (
    lambda place, ids: place.orders.get(THEIRS, ids["order"]),
    lambda place, ids: place.top_up(ids["sim"], organisation_id=THEIRS),
    lambda place, ids: place.top_up(ids["own"], ids["sim"], organisation_id=THEIRS),
    lambda place, ids: place.extend(ids["sim"], organisation_id=THEIRS),
)


@pytest.mark.parametrize("call", ISOLATED)
def test_another_organisation_finds_no_order_and_no_sim_of_ours(place, call):
    sim, own = place.world.add_sim(), place.neighbour()
    ids = {"sim": sim.iccid, "own": own.iccid, "order": place.order((1001, 1)).order_number}

    with pytest.raises(NotFound):
        call(place, ids)
    assert place.orders.page(THEIRS, "order_number", page=1, size=10) == ([], 0)
    assert place.data(sim) == place.data(own) == 500_000_000
    assert not place.orders.has_open(THEIRS)


def test_a_sub_account_with_an_open_order_is_not_deleted(place):
    new = NewOrganisation("Branch", "branch@example.com", "DE")
    sub = place.write(
        lambda work: place.customers.organisations.create(OWN, new, 0, work)
    ).organisation_id
    first = place.customers.access.first_credentials(sub, 0)
    place.order((1001, 1), organisation_id=sub, address=HOME)
    with pytest.raises(Conflict, match="open orders"):
        place.write(lambda work: place.customers.delete_sub_account(OWN, sub, work))
    place.world.advance(PACKED_AND_DELIVERED)
    iccid = place.world.sims[-1].iccid
    place.write(lambda work: place.customers.transfer.start(OWN, OWN, [iccid], [], work))
    place.write(lambda work: place.customers.delete_sub_account(OWN, sub, work))

    with pytest.raises(NotFound):
        place.customers.access.token_for(first.client_id, first.secret, 0)
