"""Sub-accounts and the transfer of SIMs, at the simulator's `/portal-api`."""

from nce_api.models import portal_organisation as models
from nce_api.models.portal_account import Organisation
from nce_api.operations.parameters import LISTS, PAGE, page_size
from nce_api.operations.shape import Operation

_SOURCE = "the simulator's own"

OPERATIONS = (
    Operation(
        "portal.sub_accounts",
        "GET",
        "/sub-accounts",
        document=None,
        answers={200: list[Organisation]},
        errors=(400, 401, 403),
        query=(PAGE, page_size(10, 100)),
        paging=LISTS,
        source=_SOURCE,
    ),
    Operation(
        "portal.add_sub_account",
        "POST",
        "/sub-accounts",
        document=None,
        answers={201: Organisation},
        errors=(400, 401, 403, 409),
        body=models.NewSubAccount,
        once="look for it in portal.sub_accounts()",
        source=_SOURCE,
    ),
    Operation(
        "portal.delete_sub_account",
        "DELETE",
        "/sub-accounts/{organisationId}",
        document=None,
        answers={204: None},
        errors=(401, 403, 404, 409),
        source=_SOURCE,
    ),
    Operation(
        "portal.preview_transfer",
        "POST",
        "/transfers/preview",
        document=None,
        answers={200: models.SeenTransfer},
        errors=(400, 401, 403, 404, 409),
        body=models.TransferPreview,
        source=_SOURCE,
    ),
    Operation(
        "portal.start_transfer",
        "POST",
        "/transfers",
        document=None,
        answers={201: models.TransferredSims},
        errors=(400, 401, 403, 404, 409, 422),
        body=models.TransferStart,
        once="look for it in portal.transfers()",
        source=_SOURCE,
    ),
    Operation(
        "portal.transfers",
        "GET",
        "/transfers",
        document=None,
        answers={200: list[models.SimTransfer]},
        errors=(400, 401, 403),
        query=(PAGE, page_size(10, 100)),
        paging=LISTS,
        source=_SOURCE,
    ),
    Operation(
        "portal.transfer",
        "GET",
        "/transfers/{transferId}",
        document=None,
        answers={200: models.TransferredSims},
        errors=(401, 403, 404),
        source=_SOURCE,
    ),
)
