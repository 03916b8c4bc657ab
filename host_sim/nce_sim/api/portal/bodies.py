"""What the bodies of the portal have in common: nothing unknown is let through."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A request; a field that nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """An answer."""

    model_config = ConfigDict(from_attributes=True)
