"""What a portal user's session sends and gets about sub-accounts and the transfer of SIMs.

The simulator serves it under `/portal-api`, its paths and bodies are the simulator's own.
"""

from nce_api.models.portal_account import PostalLines
from nce_api.models.sides import Answer, Request


class NewSubAccount(Request):
    """A new sub-account."""

    name: str
    email: str
    country: str
    phone: str | None = None
    language: str = "en"
    vat_id: str | None = None
    address: PostalLines | None = None


class TransferPreview(Request):
    """Ranges of ICCIDs, whose they are, and who is to get them."""

    source_organisation: int | None = None
    target_organisation: int | None = None
    ranges: list[list[str]]


class TransferStart(TransferPreview):
    """The same, to be done."""


class SeenRange(Answer):
    """A range, how many SIMs it has, and why it cannot be transferred."""

    first: str
    last: str
    sims: int
    problem: str | None = None


class SeenTransfer(Answer):
    """What would be transferred."""

    sims: int
    ranges: list[SeenRange]


class TransferredSims(Answer):
    """The SIMs of a transfer."""

    iccids: list[str]


class SimTransfer(Answer):
    """A transfer that was made."""

    id: int
    at: str
    source: str
    target: str
    sims: int
    user: str | None = None
