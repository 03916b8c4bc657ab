"""The table of 1NCE's portal (1nce_os_2.md, 3.5): each permission, and what the server refuses.

`story_roles.py` opens the pages as each role and looks at their buttons.
"""

import pytest

from nce_sim.account.access.permissions import PERMISSIONS
from support.api import in_world
from support.portal import PASSWORD, ROLES, user_of
from support.portal_roles import LETTERS

OS = "/management-api"
SIM = f"{OS}/v2/sims/8988228066600000000"
ORDER = {"products": [{"productId": 1001, "quantity": 1}]}
HOME = {"street": "Weg", "zip": "50667", "city": "Cologne", "country": "DE"}
BRANCH = {"name": "Branch", "email": "branch@example.com", "country": "DE"}
STREAM = {"name": "mine", "type": "EVENT", "url": "https://streams.example.com/in"}
SWITCH = {"enabled": True}


def user(role):
    email = f"new.{role.replace(' ', '').lower()}@example.com"
    return {"email": email, "first_name": "X", "last_name": "Y", "role": role}


# An act of each permission: what a page would ask for.
ACTS = (
    ("dashboard.see", "GET", "/dashboard", None),
    ("dashboard.reorder", "POST", f"{OS}/v1/orders", ORDER),
    ("dashboard.latest_orders", "GET", "/dashboard/orders", None),
    ("sims.see", "GET", "/sims", None),
    ("sims.state", "PUT", SIM, {"status": "Enabled"}),
    ("sims.imei_lock", "PUT", SIM, {"imei_lock": True}),
    ("sims.auto_top_up", "POST", f"{OS}/v2/sims/autoTopup", {"enabled": True, "iccids": ["1"]}),
    ("sims.reset", "POST", f"{SIM}/reset", None),
    ("sims.export", "POST", "/sims/exports", {}),
    ("sims.top_up", "POST", f"{SIM}/topup", None),
    ("sims.send_sms", "POST", f"{SIM}/sms", {"payload": "x", "dcs": 0}),
    ("configuration.network", "GET", "/configuration", None),
    ("configuration.breakout", "PUT", "/configuration/breakout", {"mode": "Manual"}),
    ("configuration.monthly_limit", "PUT", "/configuration/limits", {"data": 1}),
    ("configuration.imei_lock", "PUT", "/configuration/imei-lock", SWITCH),
    ("configuration.auto_top_up", "PUT", "/configuration/new-sims/auto-top-up", SWITCH),
    ("configuration.data_streams", "POST", "/streams", STREAM),
    ("configuration.sms_forwarder", "PUT", "/sms-forwarder", {"url": "https://sms.example.com"}),
    ("configuration.openvpn", "POST", "/vpn", {"kind": "OPENVPN", "name": "office"}),
    ("configuration.management_api", "POST", "/credentials", {"name": "gateway"}),
    ("os.open", "GET", f"{OS}/v1/inspect/devices", None),
    ("os.accept", "POST", f"{OS}/v1/agreements/1nceos", {"accepted": True}),
    ("os.change", "POST", f"{OS}/v1/optimize/templates", {"name": "x", "template": "{}"}),
    ("account.see", "GET", "/organisation", None),
    ("account.customer_data", "PATCH", "/organisation", {"phone": "+49 221 1"}),
    ("account.own_user", "PATCH", "/session/user", {"first_name": "Grace"}),
    (
        "account.add_email",
        "POST",
        "/organisation/emails",
        {"kind": "VOLUME", "email": "v@x.io"},
    ),
    ("account.addresses", "POST", "/organisation/addresses", {"kind": "BILLING", "address": HOME}),
    ("account.payment", "PUT", "/organisation/payment-methods", {"methods": ["creditcard"]}),
    ("orders.see", "GET", f"{OS}/v1/orders", None),
    # Invoices and affected SIMs are parts of an order.
    ("orders.invoices", "GET", f"{OS}/v1/orders/1", None),
    ("orders.affected_sims", "GET", f"{OS}/v1/orders/1", None),
    ("orders.create", "POST", f"{OS}/v1/orders", ORDER),
    ("users.see", "GET", "/users", None),
    ("users.own", "GET", "/session", None),
    ("users.manage_owner", "POST", "/users", user("Owner")),
    ("users.manage_admin", "POST", "/users", user("Admin")),
    ("users.manage_others", "POST", "/users", user("Read Only")),
    ("organisation.see", "GET", "/sub-accounts", None),
    ("organisation.add", "POST", "/sub-accounts", BRANCH),
    ("organisation.sim_transfer", "POST", "/transfers", {"iccids": ["8988228066600000000"]}),
    ("performance.see", "GET", "/performance", None),
    ("support.see", "GET", f"{OS}/v1/support", None),
    ("support.create", "POST", f"{OS}/v1/support", {"subject": "x", "text": "y"}),
    ("api.call", "GET", "http://localhost/management-api/v1/products", None),
)


def test_every_permission_has_an_act_and_its_letters():
    assert {permission for permission, *_ in ACTS} == set(PERMISSIONS) - {"world.steer"}
    assert set(LETTERS) == set(PERMISSIONS)


@pytest.mark.parametrize("letter", list(ROLES))
def test_a_role_is_refused_what_its_letter_lacks_and_told_so_beforehand(letter):
    @in_world
    async def scene(place):
        client = await user_of(place, ROLES[letter])
        told = (await client.get("/session")).json()["permissions"]
        for permission, method, path, body in ACTS:
            answer = await client.request(method, path, json=body)
            may = letter in LETTERS[permission]
            assert (answer.status_code != 403) == may, (permission, answer.text)
            assert answer.status_code < 500, (permission, answer.text)
            # What the page shows comes from here.
            assert (permission in told) == may, permission

    scene()


@in_world
async def test_whom_nobody_may_manage_stays_as_it_is(place):
    owner, admin = await user_of(place, "Owner"), await user_of(place, "Admin")
    ids = {row["role"]: row["id"] for row in (await owner.get("/users")).json()}
    for client, role in ((owner, "Owner"), (admin, "Owner"), (admin, "Admin")):
        path = f"/users/{ids[role]}"
        for method, body in (
            ("PATCH", {"state": "DISABLED"}),
            ("PATCH", {"role": "Read Only"}),
            ("DELETE", None),
        ):
            answer = await client.request(method, path, json=body)
            assert answer.status_code == 403, (role, method, answer.text)
    sign_in = {"email": "owner@8000001.example", "password": PASSWORD}
    assert (await owner.post("/session", json=sign_in)).status_code == 201
