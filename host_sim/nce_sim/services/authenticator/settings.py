"""The assumptions of the Device Authenticator where no source documents it.

[D] documented by 1NCE   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AuthenticatorSettings:
    """The Device Authenticator (`GET /bootstrap`)."""

    coaps_url: str = "coaps://coap.os.1nce.com:5684"  # [D]
    regenerate_after_ms: int = 300_000  # [D] a call this long after the last one changes the key
    psk_characters: int = 16  # [U] alphanumeric
    import_ms: int = 2_000  # [U] how long an import of keys is IN_PROGRESS
    import_kept_ms: int = 30 * 86_400_000  # [D]
    imports_listed: int = 100  # [U] the list has no pages to ask for: this many of the newest
    # [U] text/csv has no number; None leaves the option out. One whose option has a NUL byte is
    # refused: it would come before the ICCID, and there the C SDK stops reading.
    content_format: int | None = None

    def __post_init__(self) -> None:
        number = self.content_format
        if number and number & 0xFF == 0:
            raise ValueError(
                f"content_format {number} has a zero byte, which hides the reply from the C SDK"
            )
        if not 8 <= self.psk_characters <= 99:
            raise ValueError(f"psk_characters is {self.psk_characters}; the C SDK takes 8 to 99")
