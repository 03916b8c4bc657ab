"""What customers write is the same on SQLite and on PostgreSQL, and is there after a restart."""

from random import Random

from nce_sim import Settings, World
from nce_sim.account.access.permissions import Role
from nce_sim.account.access.service import Access
from nce_sim.account.access.settings import AccessSettings
from nce_sim.account.access.users import DISABLED, NewUser
from nce_sim.account.orders.order import OrderLine
from nce_sim.account.organisations.organisation import NewOrganisation
from nce_sim.account.organisations.vpn import IPSEC, OPENVPN
from nce_sim.account.support.service import NewRequest
from nce_sim.backend_settings import BackendSettings
from nce_sim.customers import Customers
from nce_sim.network.addresses import shifted
from nce_sim.storage import Storage
from nce_sim.tables import METADATA

OWN = 8_000_001
NOW = 1_767_225_600_000
SETTINGS = BackendSettings(access=AccessSettings(scrypt_cost=2))


def customers_in(storage):
    customers = Customers(World(1), storage, SETTINGS)
    customers.start()
    return customers


def close(customers):
    customers.close_customers()
    customers.saver.close()
    customers.storage.close()


def test_everything_of_a_customer_is_there_after_a_restart(db):
    customers = customers_in(Storage(METADATA, db))
    organisations, access = customers.organisations, customers.access
    first = access.first_credentials(OWN, NOW)
    with customers.storage.unit(NOW) as work:
        user = access.users.add(
            OWN, NewUser("ada@example.com", "Ada", "L", Role.READ_ONLY), NOW, work
        ).user
        sub = organisations.create(OWN, NewOrganisation("Ö", "o@example.com", "AT"), NOW, work)
        organisations.set_apn(sub.organisation_id, "fleet.example", work)
        for kind, fields in (
            (OPENVPN, {}),
            (IPSEC, {"peer_address": "203.0.113.1", "remote_networks": ["10.8.0.0/24"]}),
        ):
            organisations.vpn.create(OWN, kind, "office", fields, NOW, work)
        customers.orders.place(OWN, [OrderLine(1004, 2)], None, "PO 7", work)
        customers.support.create(OWN, NewRequest("Subject", "Text\nmore"), work)
    with customers.storage.unit(NOW) as work:
        access.users.change(
            OWN, user.user_id, by=Role.OWNER, state=DISABLED, role=Role.THIRD_PARTY, work=work
        )
        access.token_for(first.client_id, first.secret, NOW, work)
        customers.support.answer(1, "Done", is_solved=True, work=work)
    customers.world.advance(660_000)
    iccids = customers.orders.get(OWN, 2_000_000_001).iccids
    with customers.storage.unit(NOW) as work:
        customers.transfer.start(OWN, sub.organisation_id, [iccids[0]], [], work)
    customers.world.advance(2_000)
    before = {
        "organisations": [organisations.get(OWN), organisations.get(sub.organisation_id)],
        "addresses": organisations.addresses.of(OWN),
        "vpn": organisations.vpn.of(OWN),
        "users": access.users.of(OWN),
        "credentials": access.credentials.of(OWN),
        "orders": customers.orders.page(OWN, "order_status,order_date", page=1, size=10),
        "support": customers.support.page(OWN, page=1, size=10),
    }
    close(customers)

    again = customers_in(Storage(METADATA, db))
    organisations, access = again.organisations, again.access
    assert before == {
        "organisations": [organisations.get(OWN), organisations.get(sub.organisation_id)],
        "addresses": organisations.addresses.of(OWN),
        "vpn": organisations.vpn.of(OWN),
        "users": access.users.of(OWN),
        "credentials": access.credentials.of(OWN),
        "orders": again.orders.page(OWN, "order_status,order_date", page=1, size=10),
        "support": again.support.page(OWN, page=1, size=10),
    }
    transferred = again.core.sim_of(iccids[0])
    assert again.core.organisation_of(transferred) == sub.organisation_id
    assert again.core.address_of(transferred) == "10.160.1.1"
    assert again.core.apn_is_known("fleet.example", transferred)
    assert access.token_for(first.client_id, first.secret, NOW)
    with again.storage.unit(NOW) as work:
        again.transfer.start(OWN, OWN, [iccids[0]], [], work)
        again.delete_sub_account(OWN, sub.organisation_id, work=work)
        access.forget(OWN, work)
    close(again)

    third = customers_in(Storage(METADATA, db))
    assert third.organisations.subs(OWN) == []
    assert third.access.users.of(OWN) == third.access.credentials.of(OWN) == []
    assert third.access.first_credentials(OWN, NOW) is not None
    close(third)


def test_a_world_whose_blocks_are_shifted_takes_up_its_organisations(db):
    """A world takes a free block of twins: the second octet of all its addresses moves."""
    customers = customers_in(Storage(METADATA, db))
    with customers.storage.unit(NOW) as work:
        new = NewOrganisation("Branch", "branch@example.com", "DE")
        sub = customers.organisations.create(OWN, new, NOW, work).organisation_id
    close(customers)

    world = World(1, settings=Settings(network=shifted(Settings().network, 3)))
    again = Customers(world, Storage(METADATA, db), SETTINGS)
    assert again.organisations.blocks(sub) == ["10.163.1.0/24"]
    assert world.core.address_of(world.issue_sim(sub)) == "10.163.1.1"
    close(again)


def test_access_needs_no_more_than_a_number_for_an_account(db):
    storage = Storage(METADATA, db)
    access = Access(storage, Random(1), AccessSettings(scrypt_cost=2), str)

    assert access.first_credentials(7, NOW).client_id.startswith("7_")
    storage.close()
