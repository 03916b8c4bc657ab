"""The permissions of each role, as the portal's table has them (1nce_os_2.md, 3.5).

MAY[Role.USER, "sims.state"]            # True
MAY[Role.USER, "orders.create"]         # False
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The roles of users; API is the role of every API credential, too."""

    OWNER = "Owner"
    ADMIN = "Admin"
    USER = "User"
    READ_ONLY = "Read Only"
    THIRD_PARTY = "3rd party"
    API = "API"


_LETTERS = {
    "O": Role.OWNER,
    "A": Role.ADMIN,
    "U": Role.USER,
    "R": Role.READ_ONLY,
    "3": Role.THIRD_PARTY,
    "P": Role.API,
}

# In the order of the portal's pages; the letters are those of its table, P is the API user.
_ROWS: dict[str, str] = {
    "dashboard.see": "OAUR3",
    "dashboard.reorder": "OA",
    "dashboard.latest_orders": "OAUR",
    "sims.see": "OAUR3",
    "sims.state": "OAU",
    "sims.imei_lock": "OAU",
    "sims.auto_top_up": "OA",
    "sims.reset": "OAU3",
    "sims.export": "OAU3",
    "sims.top_up": "OA",
    "sims.send_sms": "OAU3",
    "configuration.network": "OAU3",
    "configuration.breakout": "OA3",
    "configuration.monthly_limit": "OAU3",
    "configuration.imei_lock": "OAU",
    "configuration.auto_top_up": "OA",
    "configuration.data_streams": "OA3",
    "configuration.sms_forwarder": "OAU3",
    "configuration.openvpn": "OAU3",
    "configuration.management_api": "OAU3",
    "os.open": "OAUR3",
    "account.see": "OAUR3",
    "account.customer_data": "OA",
    "account.own_user": "OAUR3",
    "account.add_email": "OA",
    "account.addresses": "OA",
    "account.payment": "OA",
    "orders.see": "OAUR",
    "orders.invoices": "OAUR",
    "orders.create": "OA",
    "orders.affected_sims": "OAUR",
    "users.see": "OAUR3",
    "users.own": "OAUR3",
    "users.manage_owner": "",
    "users.manage_admin": "O",
    "users.manage_others": "OA",  # User, API user, Read Only and 3rd party
    "organisation.see": "OAUR3",
    "organisation.add": "OA",
    "organisation.sim_transfer": "OA",
    "performance.see": "OAUR3",
    "support.see": "OAUR",
    "support.create": "OAU",
    "api.call": "P",
    "os.accept": "OA",  # [D] the terms of 1NCE OS, once (3.7)
    # [U] The table names neither: changing things in 1NCE OS, and steering the simulated world.
    "os.change": "OAU3",
    "world.steer": "OAU",
}

PERMISSIONS = tuple(_ROWS)
MAY: dict[tuple[Role, str], bool] = {
    (role, permission): letter in letters
    for permission, letters in _ROWS.items()
    for letter, role in _LETTERS.items()
}


def to_manage(role: Role) -> str:
    """The permission that is needed to add, change or delete a user of `role`."""
    if role is Role.OWNER:
        return "users.manage_owner"
    return "users.manage_admin" if role is Role.ADMIN else "users.manage_others"
