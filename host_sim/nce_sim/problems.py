"""Why a request of a customer is refused, whatever door it came through.

    raise NotFound(f"there is no template {template_id!r}")

A room raises these; the doors turn them into the error shapes of their documents, and nothing of
the request was done. The message is for the caller: it names the value and the remedy.
"""


class Problem(Exception):
    """A request that cannot be done; `str(problem)` says why."""


class Invalid(Problem):
    """The request contradicts itself or the rules of its document (400)."""


class PaymentRefused(Problem):
    """The account cannot pay that way (400 in every group)."""


class Forbidden(Problem):
    """The caller may not do it (403)."""


class NotFound(Problem):
    """The thing does not exist, or belongs to another account (404)."""


class Conflict(Problem):
    """The thing's state does not allow it (409)."""


class Unprocessable(Problem):
    """Well formed, and impossible all the same (422)."""


class Unavailable(Problem):
    """The database did not take it (503); nothing was done, and trying again may help."""
