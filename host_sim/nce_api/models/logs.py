"""Administration logs."""

from typing import Literal

from nce_api.models.sides import Answer

LogCategory = Literal["info", "error"]
LogType = Literal["INTEGRATION", "DEVICE", "GENERAL", "LOCATION", "LIFECYCLE"]


class LogEntry(Answer):
    """What happened."""

    imsi: str | None = None
    payloadReference: str | None = None
    ip: str | None = None
    iccid: str | None = None
    customerId: str
    id: str
    timestamp: str
    category: LogCategory | str | None = None
    type: LogType | str
    description: str | None = None
    message: str
    traceId: str | None = None
    geofenceId: str | None = None
    integrationId: str | None = None


class LogPage(Answer):
    """What happened, page by page."""

    page: int | None = None
    pageAmount: int | None = None
    items: list[LogEntry]


class LogDay(Answer):
    """How many entries a day has."""

    day: str
    amount: int


class LogStatistics(Answer):
    """How many entries there are."""

    totalUniqueDevices: int
    administrationLogs: list[LogDay]
