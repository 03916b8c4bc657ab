"""The assumptions of orders where no source documents them.

[D] documented by 1NCE   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from nce_sim.account.organisations.settings import (
    BANK_TRANSFER,
    BOLETO,
    CREDIT_CARD,
    MONTHLY_INVOICE,
)


@dataclass(frozen=True)
class OrderSettings:
    """How long orders take, what they cost, and how they are numbered."""

    # From the order to its payment. [D] a card at once, a bank transfer takes 2 to 3 days;
    # [U] here all are paid at once, so that a SIM that is topped up works again.
    paid_after_ms: Mapping[str, int] = field(
        default_factory=lambda: {
            CREDIT_CARD: 0,
            BANK_TRANSFER: 0,
            MONTHLY_INVOICE: 0,
            BOLETO: 0,
        }
    )
    prepared_after_ms: int = 60_000  # [U] from the payment until SIMs are packed
    delivered_after_ms: int = 600_000  # [U] from there until they are delivered; days in life
    first_order_number: int = 2_000_000_001  # [D] of the examples
    first_invoice_number: int = 20_000_001  # [U] the example is 20000002
    tax_percent: Decimal = Decimal(19)  # [U] amounts on invoices are gross [D]
    most_lines: int = 50  # [U] products in an order
