"""The table of all operations of the Management API: what server and client agree on.

    from nce_api.operations import OPERATIONS, find
    find("sims.get").path                      # /v1/sims/{iccid}
    {operation.group for operation in OPERATIONS}

Of the 118, 115 are in the seven documents; three are version 2's that its document does not have
yet (`source` says where they are).
"""

from nce_api.operations import (
    account,
    clouds,
    devices,
    inspection,
    locator,
    plugins,
    portal,
    portal_account,
    portal_configuration,
    portal_organisation,
    settings,
    sims,
    sims_v2,
)
from nce_api.operations.shape import Operation, Paging, Query

__all__ = ["OFFICIAL", "OPERATIONS", "PORTAL", "Operation", "Paging", "Query", "find"]

OPERATIONS: tuple[Operation, ...] = (
    *account.OPERATIONS,
    *sims.OPERATIONS,
    *sims_v2.OPERATIONS,
    *devices.OPERATIONS,
    *inspection.OPERATIONS,
    *locator.OPERATIONS,
    *clouds.OPERATIONS,
    *plugins.OPERATIONS,
    *settings.OPERATIONS,
)
OFFICIAL = tuple(operation for operation in OPERATIONS if operation.document)
"""Those of the seven documents."""

PORTAL = (
    *portal.OPERATIONS,
    *portal_account.OPERATIONS,
    *portal_configuration.OPERATIONS,
    *portal_organisation.OPERATIONS,
)
"""What the portal does beyond them, at the simulator's `/portal-api`."""

_BY_NAME = {operation.name: operation for operation in (*OPERATIONS, *PORTAL)}


def find(name: str) -> Operation:
    """The operation of this name, such as `sims.get`."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise ValueError("there is no operation %r in the table" % name) from None
