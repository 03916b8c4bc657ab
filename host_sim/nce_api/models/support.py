"""Service requests to 1NCE's support."""

from typing import Literal

from nce_api.models.sides import Answer, OpenRequest

Direction = Literal["IN", "OUT"]
CommunicationType = Literal["PORTAL", "PHONE_IN", "PHONE_OUT", "MAIL_IN", "MAIL_OUT"]
RequestState = Literal["OPEN", "IN_PROGRESS", "CLOSED"]


class NewServiceRequest(OpenRequest):
    """A question to the support."""

    replyToMail: str | None = None
    senderName: str | None = None
    subject: str | None = None
    text: str | None = None


class Communication(Answer):
    """One message of a service request."""

    communicationDate: str | None = None
    direction: Direction | str | None = None
    id: str | None = None
    originator: str | None = None
    subject: str | None = None
    text: str | None = None
    type: CommunicationType | str | None = None


class ServiceRequest(Answer):
    """A question to the support, with all that was said."""

    caseId: str | None = None
    communications: list[Communication] | None = None
    createDate: str | None = None
    solvedDate: str | None = None
    status: RequestState | str | None = None
    subject: str | None = None
    text: str | None = None
