"""Causes of refusal, by 3GPP's numbers: EMM (TS 24.301, 9.9.3.9) and ESM (9.9.4.4)."""

from __future__ import annotations

# EMM
EPS_AND_NON_EPS_NOT_ALLOWED = 8
PLMN_NOT_ALLOWED = 11
ESM_FAILURE = 19

# ESM
OPERATOR_DETERMINED_BARRING = 8
UNKNOWN_APN = 27


class PdpRejected(Exception):
    """The network refuses a PDP session; `esm_cause` is TS 24.301's number."""

    def __init__(self, esm_cause: int, reason: str, emm_cause: int = ESM_FAILURE) -> None:
        super().__init__(f"PDP session rejected: {reason} (ESM cause {esm_cause})")
        self.esm_cause = esm_cause
        self.emm_cause = emm_cause
        self.reason = reason


class AttachRejected(Exception):
    """The operator refuses an attach; the causes are TS 24.301's numbers."""

    def __init__(self, emm_cause: int, esm_cause: int | None, reason: str) -> None:
        super().__init__(f"attach rejected: {reason} (EMM {emm_cause}, ESM {esm_cause})")
        self.emm_cause = emm_cause
        self.esm_cause = esm_cause
        self.reason = reason
