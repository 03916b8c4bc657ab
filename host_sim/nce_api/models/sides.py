"""The two sides of a call: what is sent is checked strictly, what comes back is read leniently.

A field has the name that 1NCE's document gives it. A time is text, as the service wrote it:
`datetime.fromisoformat` reads it. A key is not shown in a `repr`, nor is a subscriber's number.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, JsonValue, model_validator

from nce_api.masking import masked

JsonObject = dict[str, JsonValue]
"""An object that the document does not describe further."""


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if isinstance(value, dict):
        return {name: _shown(item) for name, item in value.items()}
    return value


class _Body(BaseModel):
    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            # What the document does not name may be anything, a key as well.
            if name not in type(self).model_fields:
                yield name, "…"
            elif value is not None:
                yield name, _shown(value)


class OpenRequest(_Body):
    """A body that is sent; the document allows fields that it does not name."""

    # A pydantic error names the field and the rule; the value may be a key.
    model_config = ConfigDict(
        strict=True, frozen=True, serialize_by_alias=True, hide_input_in_errors=True
    )

    may_be_null: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _null_is_no_value(cls, data: Any) -> Any:
        # No body of 1NCE's is `nullable`: a field that is not given is left out.
        if isinstance(data, dict):
            known = {field.validation_alias or name for name, field in cls.model_fields.items()}
            for name in known - cls.may_be_null:
                if name in data and data[name] is None:
                    raise ValueError("%s is null: leave it out, or give a value" % name)
        return data


class Request(OpenRequest):
    """A body that is sent; a field that the document does not name is refused."""

    model_config = ConfigDict(extra="forbid")


class Answer(_Body):
    """A body that comes back: what is new at 1NCE is kept, and breaks nothing.

    Where the document lists values, another one is text; lengths and ranges are not checked.
    """

    model_config = ConfigDict(
        extra="allow",
        coerce_numbers_to_str=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,
    )
