"""The table of verbs that control a running world.

from nce_sim.control.verb import Reach
from nce_sim.control.parameters import taken

verb = VERBS["sms"]
arguments = taken(verb.parameters, {"sim": "1", "text": "hello"})
result = await verb.run(Reach(world), arguments)
"""

from __future__ import annotations

from nce_sim.control.account_verbs import ACCOUNT_VERBS
from nce_sim.control.air_verbs import AIR_VERBS
from nce_sim.control.cloud_verbs import CLOUD_VERBS
from nce_sim.control.customer_verbs import CUSTOMER_VERBS
from nce_sim.control.locator_verbs import LOCATOR_VERBS
from nce_sim.control.lwm2m_verbs import LWM2M_VERBS
from nce_sim.control.record_verbs import RECORD_VERBS
from nce_sim.control.snapshot_verbs import SNAPSHOT_VERBS
from nce_sim.control.time_verbs import TIME_VERBS
from nce_sim.control.trouble_verbs import TROUBLE_VERBS
from nce_sim.control.verb import Verb
from nce_sim.control.world_verbs import WORLD_VERBS

VERBS: dict[str, Verb] = {
    **WORLD_VERBS,
    **AIR_VERBS,
    **RECORD_VERBS,
    **TIME_VERBS,
    **ACCOUNT_VERBS,
    **CUSTOMER_VERBS,
    **LOCATOR_VERBS,
    **CLOUD_VERBS,
    **LWM2M_VERBS,
    **TROUBLE_VERBS,
    **SNAPSHOT_VERBS,
}
