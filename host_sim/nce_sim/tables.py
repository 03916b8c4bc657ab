"""All tables of a world's database, from the rooms that own them.

from nce_sim.storage import Storage

storage = Storage(METADATA, "world.db")
"""

import nce_sim.account.access.tables
import nce_sim.account.orders.tables
import nce_sim.account.organisations.tables
import nce_sim.account.support.tables
import nce_sim.account.tables
import nce_sim.deliveries.tables
import nce_sim.services.authenticator.tables
import nce_sim.services.clouds.tables
import nce_sim.services.controller.tables
import nce_sim.services.device_integrator.tables
import nce_sim.services.energy_saver.tables
import nce_sim.services.inspector.tables
import nce_sim.services.locator.tables
import nce_sim.services.logs.tables
import nce_sim.services.lwm2m.tables
import nce_sim.services.onboarding.tables
import nce_sim.services.plugins.tables
import nce_sim.services.settings.tables
import nce_sim.services.sims.tables
import nce_sim.services.sms_forwarding.tables
import nce_sim.services.streamer.tables
import nce_sim.sms.tables
from nce_sim.storage.metadata import METADATA

__all__ = ["METADATA"]
