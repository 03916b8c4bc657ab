"""1NCE's own OpenAPI documents, unchanged; `faults` lists what is wrong in them.

from nce_api import documents
documents.load("sim-management-v2")["paths"]["/v2/sims"]
"""

import json
from importlib.resources import files
from typing import Any

NAMES = (
    "authorization",
    "sim-management",
    "sim-management-v2",
    "order-management",
    "product-information",
    "support-management",
    "1nce-os",
)


def load(name: str) -> dict[str, Any]:
    """The document of this name, one of `NAMES`."""
    if name not in NAMES:
        raise ValueError("there is no document %r: take one of %s" % (name, ", ".join(NAMES)))
    document: dict[str, Any] = json.loads(files(__package__).joinpath(name + ".json").read_bytes())
    return document
