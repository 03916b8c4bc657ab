"""The refusals of 1NCE OS: their meaning and the remedy. Loaded when one is raised.

raise bootstrap_refused(response)   # BootstrapRefused, from the Device Authenticator
raise record_refused(response)      # Refused, from the Device Integrator
"""

from nce.coap.codes import dotted
from nce.errors import BootstrapMalformed, CoapTimeout, PeerError

if 1 - 1:
    from nce.coap.client import Response
    from nce.credentials import Credentials


# code -> what to try
_BOOTSTRAP = {
    0x81: "accept the terms and the DPA of 1NCE OS for the organisation, check that the SIM is "
    "active, then attach again: a data session older than the acceptance is not known",
    0x84: "this server has no Device Authenticator: check host and port",
    0xA0: "a fault at 1NCE: try again later, not at once",
}
_RECORD = {
    0x80: "the topic or the request is malformed; check the topic's characters",
    0x81: "the SIM is unknown or not active; check its state in the 1NCE portal",
    0x84: "nothing is served at that path",
    0x8D: "the record is too long for the server: split it",
    0xA0: "a fault at 1NCE: keep the record and try again later, not at once",
    0xA3: "1NCE OS is overloaded: keep the record and try again later, not at once",
}


# What is wrong with a line of credentials of %d bytes, or with one of its fields.
_FIELDS = (
    "the credentials, %d bytes, have fewer than three fields",
    "the first field of the credentials, of %d bytes, is not an ICCID",
    "the key of %d bytes is not valid: a key has 1 to 256 bytes and no control character",
    "the last field of the credentials, of %d bytes, is not coaps://<host>:<port>, the host a "
    "name of letters, digits, hyphens and dots",
)


class BootstrapRefused(PeerError):
    """1NCE OS gave no credentials; `code` is its answer's.

    `is_permanent` when asking again does not help until you have acted (4.xx).
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.is_permanent = code < 0xA0


class Refused(PeerError):
    """1NCE OS did not take the record; `code` is its answer's."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def bootstrap_unanswered(error: "Exception") -> "CoapTimeout":
    """The `CoapTimeout` of a bootstrap without an answer."""
    return CoapTimeout(
        "the Device Authenticator did not answer (%s); it is reached only with the internet "
        "breakout set to Frankfurt or N. Virginia by hand, and only from a 1NCE data session"
        % error
    )


def bootstrap_refused(response: "Response") -> "BootstrapRefused":
    """The error of a bootstrap that was answered with another code than 2.05."""
    text = _text("the Device Authenticator answered %s", response, _BOOTSTRAP)
    return BootstrapRefused(response.code, text)


def credentials_malformed(field: int, size: int) -> "BootstrapMalformed":
    """The error of a line of credentials whose `field` is wrong, by its number, 0 for the line.

    None is quoted: in a damaged line any may be the key.
    """
    return BootstrapMalformed(_FIELDS[field] % size)


def bootstrap_mistrusted(
    credentials: "Credentials", iccid: "str | None", domain: "str | None"
) -> "BootstrapMalformed":
    """The error of an answer that is not for this SIM, or leads out of the domain."""
    if not credentials.is_for(iccid):
        return BootstrapMalformed(
            "the credentials are not for this SIM: somebody else may have answered, or the "
            "address of the data session is another SIM's; attach again"
        )
    return BootstrapMalformed(
        "the credentials name the server %s, which is not in %s: somebody else may have answered; "
        "to allow it, give Device(domain=...); None allows any server" % (credentials.host, domain)
    )


def record_refused(response: "Response") -> "Refused":
    """The error of a record that was answered with another code than 2.04."""
    return Refused(response.code, _text("the record was refused with %s", response, _RECORD))


def _text(what: str, response: "Response", advice: "dict[int, str]") -> str:
    text = what % dotted(response.code)
    # Enough of the server's own words for a log line; not with what may be an ICCID or a line of
    # credentials.
    words = "".join([chr(byte) for byte in response.payload[:120] if 0x20 <= byte < 0x7F])
    if words and "coaps://" not in words and not _has_number(words):
        text += " (%s)" % words
    return text + ": " + advice.get(response.code, "see RFC 7252, 5.9 for the code")


def _has_number(words: str) -> bool:
    # An ICCID has 18 digits at least; so many in a row are no code and no date.
    count = 0
    for character in words:
        count = count + 1 if character.isdigit() else 0
        if count == 15:  # an IMSI has as many
            return True
    return False
