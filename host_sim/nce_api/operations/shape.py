"""What the table says of one operation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["string", "integer", "number", "boolean", "array"]
"""A query parameter's type; an array is one text with commas."""


@dataclass(frozen=True)
class Query:
    """A query parameter, with what the document says of its values."""

    name: str
    kind: Kind = "string"
    required: bool = False
    default: str | int | bool | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paging:
    """How the rest of a list is asked for.

    `items`: the field that holds the list; none, if the body is the list. `page` and `size`: the
    parameters; without `page` the list comes at once. `pages`: the field that holds their number;
    the header `X-Total-Pages` counts where the body is the list. `token`: the parameter that takes
    the last page's `nextToken`, in place of `page`.
    """

    items: str | None = None
    page: str | None = "page"
    size: str | None = "pageSize"
    pages: str | None = None
    token: str | None = None


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation: method and path, what it takes, and what it answers.

    `answers`: the body's type for each status of success, `None` for no body; types are for
    `pydantic.TypeAdapter`. `errors`: the other statuses that the document has.
    `once`: not to be repeated when its outcome is unknown; says how to look the outcome up.
    `location`: the answer names what was made in the header `Location`.
    """

    name: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    document: str | None
    answers: Mapping[int, Any]
    errors: tuple[int, ...]
    body: Any = None
    query: tuple[Query, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of path parameters
    paging: Paging | None = None
    once: str = ""
    location: bool = False
    source: str = ""  # where it is documented, if in none of the seven documents

    @property
    def group(self) -> str:
        """The part of the client that calls it."""
        return self.name.partition(".")[0]

    @property
    def version(self) -> str:
        """`v1`, `v2`, or none for the token."""
        match = re.match(r"/(v\d)/", self.path)
        return match[1] if match else ""

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """Their names, in the path's order."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent again when nobody knows if it was carried out."""
        return not self.once
