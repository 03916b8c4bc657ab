"""Management API: where its credentials are, and where its documents are."""

from __future__ import annotations

from nce_sim.portal.door import ROOT
from nce_sim.portal.pages.configuration.section import Section
from nce_sim.portal.parts.tags import box, words

_DOCUMENT = "/management-api/docs"


class ManagementApi(Section):
    """Two links."""

    TITLE, SIGN = "Management API", "api"
    PERMISSION = "configuration.management_api"

    async def load(self) -> str:
        return _DOCUMENT

    def show(self, found: str) -> None:
        words(
            "p",
            "Programs of yours do by the API what you do here. Each signs in with a client id "
            "and a secret.",
            "soft",
        )
        with box("div", "set"):
            words("a", "Management API access in Account", href=f"{ROOT}/account")
            words("a", "API reference", href=found, target="_blank")
