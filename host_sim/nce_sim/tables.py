"""All tables of a world's database, from the rooms that own them.

from nce_sim.storage import Storage

storage = Storage(METADATA, "world.db")
"""

from nce_sim.account.access import tables as access
from nce_sim.services.authenticator import tables as authenticator
from nce_sim.services.energy_saver import tables as energy_saver
from nce_sim.services.inspector import tables as inspector
from nce_sim.services.logs import tables as logs
from nce_sim.services.settings import tables as settings
from nce_sim.services.sims import tables as sims
from nce_sim.storage.metadata import METADATA

__all__ = [
    "METADATA",
    "access",
    "authenticator",
    "energy_saver",
    "inspector",
    "logs",
    "settings",
    "sims",
]
