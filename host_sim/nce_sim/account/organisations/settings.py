"""The assumptions of organisations where no source documents them.

[D] documented by 1NCE   [F] seen at 1NCE   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nce_sim.account.postal import PostalAddress

BANK_TRANSFER, CREDIT_CARD, MONTHLY_INVOICE, BOLETO = PAYMENT_METHODS = (
    "banktransfer",
    "creditcard",
    "monthlyinvoice",
    "boleto",
)


@dataclass(frozen=True)
class OrganisationSettings:
    """The world's own organisation, and the rules for all."""

    name: str = "Example GmbH"  # [U]
    email: str = "owner@example.com"  # [U]
    currency: str = "EUR"  # [U] of new organisations
    country: str = "DE"  # [U]
    first_account_number: int = 8_100_000_001  # [F] 8100 and six digits
    # [U] how the world's own organisation may pay: one of `PAYMENT_METHODS` each
    payment_methods: tuple[str, ...] = (BANK_TRANSFER, CREDIT_CARD)
    address: PostalAddress = field(
        default_factory=lambda: PostalAddress(  # [U] where its orders go
            salutation="1",
            first_name="Max",
            last_name="Mustermann",
            company="Example GmbH",
            street="Musterweg",
            house_number="1",
            zip="50667",
            city="Cologne",
            country="DE",
        )
    )
    # [D] new organisations begin in Automatic mode: without 1NCE OS and VPN. The world's own one
    # has the breakout of `NetworkSettings`.
    new_breakout_mode: str = "Automatic"
    most_sub_accounts: int = 100  # [U] each has a block of addresses
    one_vpn_per_customer: bool = False  # [D] Platform 2.0; before, one for each organisation
    vpn_token_characters: int = 160  # [D] more than 128
