"""All tables of a world's database, from the rooms that own them.

from nce_sim.storage import Storage

storage = Storage(METADATA, "world.db")
"""

from nce_sim.account import tables as account
from nce_sim.account.access import tables as access
from nce_sim.services.authenticator import tables as authenticator
from nce_sim.services.inspector import tables as inspector
from nce_sim.storage.metadata import METADATA

__all__ = ["METADATA", "access", "account", "authenticator", "inspector"]
