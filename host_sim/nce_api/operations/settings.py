"""Settings of 1NCE OS, agreements, administration logs."""

from nce_api.models import logs, settings
from nce_api.operations.parameters import ITEMS, OS_PAGE, Q, page_size
from nce_api.operations.shape import Operation, Query

_DOCUMENT = "1nce-os"

OPERATIONS = (
    Operation(
        "settings.accept",
        "POST",
        "/v1/agreements/1nceos",
        document=_DOCUMENT,
        answers={201: None},
        errors=(400, 500),
        body=settings.Agreement,
    ),
    Operation(
        "logs.list",
        "GET",
        "/v1/administrationLogs",
        document=_DOCUMENT,
        answers={200: logs.LogPage},
        errors=(400, 401, 403, 500),
        query=(OS_PAGE, page_size(10), Q),
        paging=ITEMS,
    ),
    Operation(
        "logs.statistics",
        "GET",
        "/v1/administrationLogs/stats",
        document=_DOCUMENT,
        answers={200: logs.LogStatistics},
        errors=(401, 403, 500),
        query=(
            Query("timezone", required=True, default="Europe/Amsterdam"),
            Query("category", choices=("info", "error")),
        ),
    ),
    Operation(
        "logs.payload",
        "GET",
        "/v1/administrationLogs/{adminLogId}/payload",
        document=_DOCUMENT,
        answers={200: str},
        errors=(400, 401, 403, 500),
    ),
    Operation(
        "settings.set",
        "PATCH",
        "/v1/settings/1nceos/{name}",
        document=_DOCUMENT,
        answers={200: settings.ChangedSetting},
        errors=(400, 403, 500),
        body=settings.SettingChange,
    ),
    Operation(
        "settings.list",
        "GET",
        "/v1/settings/1nceos",
        document=_DOCUMENT,
        answers={200: settings.SettingPage},
        errors=(400, 401, 403, 500),
        query=(page_size(10), OS_PAGE, Query("language", choices=("en", "de"))),
        paging=ITEMS,
    ),
)
