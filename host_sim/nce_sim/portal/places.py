"""Where a user can go: the entries of the navigation, and what each needs.

[place.why_not(visit) for place in PLACES]          # None, or the reason for a tooltip
"""

from __future__ import annotations

from typing import NamedTuple

from nce_sim.portal.visit import NO_PORTAL, NO_WORLD, Visit


class Place(NamedTuple):
    """One entry: `permission` is of the portal's table (1nce_os_2.md, 3.5)."""

    path: str
    title: str
    icon: str
    permission: str
    group: str = ""
    needs_portal: bool = False
    needs_world: bool = False

    def why_not(self, visit: Visit) -> str | None:
        """Why the visitor cannot go there; None when nothing is in the way."""
        if self.needs_portal and visit.portal is None:
            return NO_PORTAL
        if self.needs_world and visit.control is None:
            return visit.lacks(self.permission) or NO_WORLD
        return visit.lacks(self.permission)


_OS = "1NCE OS"

PLACES = (
    Place("/", "Dashboard", "space_dashboard", "dashboard.see", needs_portal=True),
    Place("/sims", "My SIMs", "sim_card", "sims.see"),
    Place("/configuration", "Configuration", "tune", "configuration.network", needs_portal=True),
    Place("/os", "Overview", "hub", "os.open", _OS),
    Place("/os/device-integrator", "Device Integrator", "sensors", "os.open", _OS),
    Place("/os/cloud-integrator", "Cloud Integrator", "cloud_sync", "os.open", _OS),
    Place("/os/controller", "Device Controller", "settings_remote", "os.open", _OS),
    Place("/os/locator", "Device Locator", "share_location", "os.open", _OS),
    Place("/os/inspector", "Device Inspector", "forum", "os.open", _OS),
    Place("/os/energy-saver", "Energy Saver", "compress", "os.open", _OS),
    Place("/os/plugins", "Plugins", "extension", "os.open", _OS),
    Place("/os/logs", "Administrator Logs", "receipt", "os.open", _OS),
    Place("/os/settings", "Settings", "settings", "os.open", _OS),
    Place("/account", "Account", "badge", "account.see", "Account", needs_portal=True),
    Place("/orders", "Orders", "receipt_long", "orders.see", "Account"),
    Place("/users", "Users", "group", "users.see", "Account", needs_portal=True),
    Place(
        "/organisation",
        "Organisation",
        "account_tree",
        "organisation.see",
        "Account",
        needs_portal=True,
    ),
    Place(
        "/performance",
        "Performance",
        "monitor_heart",
        "performance.see",
        "Account",
        needs_portal=True,
    ),
    Place("/support", "Support", "support_agent", "support.see", "Account"),
    Place("/world", "World", "public", "world.steer", "Simulator", needs_world=True),
)
