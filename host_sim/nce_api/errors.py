"""What can go wrong in a call: one root, split by who erred and what is to be done.

    try:
        client.sims.send_sms(iccid, NewSms(payload="on"))
    except OutcomeUnknown as error:
        print(error.look_up)                   # look for it in sims.list_sms(iccid)
    except ApiError as error:
        print(error.status, error.body, error.remedy)

| Raised | What happened | Sent again by the client |
|---|---|---|
| `Refused` and its kinds | the service said no | 401 once with a new token, 429 later |
| `ServerFault` | the service failed at what may be repeated | 502, 503, 504 |
| `NotReached` | no connection, or no answer to what may be repeated | yes |
| `OutcomeUnknown` | no answer, or a fault, to what may not be repeated | never |
| `UnexpectedAnswer` | success, in a body that is not the documented one | no |
"""

from typing import ClassVar

from nce_api.models.errors import MessageError, OsError, SimsError, TokenError

ErrorBody = OsError | SimsError | TokenError | MessageError
"""The body of an error, in any of 1NCE's shapes."""


class ApiError(Exception):
    """A call that did not end as it should.

    `operation`: its name in the table. `status`: of the HTTP answer, none without one. `body`: the
    answer's, if it has one of 1NCE's shapes. `attempts`: how often the call was sent. `remedy`:
    what to do.
    """

    usual_remedy: ClassVar[str] = "read the answer's body"

    def __init__(
        self,
        operation: str,
        what: str,
        *,
        status: int | None = None,
        body: ErrorBody | None = None,
        attempts: int = 1,
        remedy: str = "",
    ) -> None:
        self.operation = operation
        self.status = status
        self.body = body
        self.attempts = attempts
        self.remedy = remedy or self.usual_remedy
        super().__init__("%s: %s; %s" % (operation, what, self.remedy))


class Refused(ApiError):
    """The service understood the call and did not carry it out (4xx)."""


class BadRequest(Refused):
    """400: a value breaks a rule."""

    usual_remedy = "the body names the field; correct it"


class Unauthorized(Refused):
    """401, or the token itself was refused."""

    usual_remedy = "check client_id and client_secret, and that the credentials were not revoked"


class Forbidden(Refused):
    """403: the caller may not do this, or not with this SIM."""

    usual_remedy = "use credentials of an API user; an owner gets a token and may not call"


class NotFound(Refused):
    """404: there is no such thing in this account."""

    usual_remedy = "check the identifier, and whether it belongs to this account"


class Conflict(Refused):
    """409: the state does not allow it."""

    usual_remedy = "read the state, then decide"


class Unprocessable(Refused):
    """422: understood and impossible, such as an expired SIM."""

    usual_remedy = "the body names the reason; an expired SIM can only be extended"


class TooManyRequests(Refused):
    """429: more calls than 1NCE allows, 10 a second unless agreed otherwise.

    `retry_after_s`: what the service asks for, if it does.
    """

    usual_remedy = "call more slowly"
    retry_after_s: float | None = None


class ServerFault(ApiError):
    """5xx: the service failed. `retry_after_s`: what it asks for, if it does."""

    usual_remedy = "try again later"
    retry_after_s: float | None = None


class NotReached(ApiError):
    """No answer came: the service cannot be reached, or is silent. Nothing needs to be undone."""

    usual_remedy = "check base_url, the network and 1NCE's status page, then call again"


class OutcomeUnknown(ApiError):
    """Nobody knows whether it was carried out, and twice would be wrong: look it up.

    The client never repeats such a call. `look_up` says where its outcome is seen.
    """

    usual_remedy = "do not repeat it before you know"

    def __init__(
        self, operation: str, what: str, *, look_up: str, status: int | None, attempts: int
    ) -> None:
        self.look_up = look_up
        super().__init__(
            operation,
            what + "; it may have been carried out",
            status=status,
            attempts=attempts,
            remedy=look_up,
        )


class UnexpectedAnswer(ApiError):
    """Success, and a body that is not as documented: the call was carried out.

    `text`: the body as it came. It may hold secrets and is in no message.
    """

    usual_remedy = "it was carried out; its body is in `text`"
    text: str = ""


class NotSendable(ValueError):
    """A value that cannot be part of an address: nothing was sent."""


class ListTooLong(ApiError):
    """The list goes on after the last page that 1NCE shows."""

    usual_remedy = "ask for larger pages, or for less of the list"


BY_STATUS: dict[int, type[Refused]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: Unprocessable,
    429: TooManyRequests,
}
