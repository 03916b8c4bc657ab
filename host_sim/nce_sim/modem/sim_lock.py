"""The card's PIN: asked for at power-up, blocked after three mistakes, opened by the PUK.

3GPP TS 27.007, 8.3 (`+CPIN`); ETSI TS 102 221, 9.5. 1NCE's cards come without a PIN.

    modem.sim_lock = SimLock(pin="1234", is_enabled=True)
    modem.sim_lock.state                    # "SIM PIN"
    modem.sim_lock.verify("1234")           # True
"""

from __future__ import annotations

MOST_PIN_TRIES, MOST_PUK_TRIES = 3, 10


class SimLock:
    """CHV1 of one card."""

    def __init__(
        self, pin: str = "0000", puk: str = "12345678", *, is_enabled: bool = False
    ) -> None:
        self._pin, self._puk = pin, puk
        self.is_enabled = is_enabled
        self._is_verified = False
        self.pin_tries = MOST_PIN_TRIES
        self.puk_tries = MOST_PUK_TRIES

    @property
    def state(self) -> str:
        """What `AT+CPIN?` shows."""
        if self.pin_tries == 0:
            return "SIM PUK"
        if self.is_enabled and not self._is_verified:
            return "SIM PIN"
        return "READY"

    def power_cycled(self) -> None:
        """The card lost power: the PIN is asked for again."""
        self._is_verified = False

    def verify(self, pin: str) -> bool:
        """Try a PIN; a wrong one costs a try."""
        if self.pin_tries == 0:
            return False
        if pin != self._pin:
            self.pin_tries -= 1
            return False
        self.pin_tries = MOST_PIN_TRIES
        self._is_verified = True
        return True

    def unblock(self, puk: str, new_pin: str) -> bool:
        """Try the PUK and set a new PIN; a wrong one costs a try."""
        if self.puk_tries == 0:
            return False
        if puk != self._puk:
            self.puk_tries -= 1
            return False
        self.puk_tries, self.pin_tries = MOST_PUK_TRIES, MOST_PIN_TRIES
        self._pin, self._is_verified = new_pin, True
        return True

    def change(self, old_pin: str, new_pin: str) -> bool:
        """Change the PIN."""
        if not self.verify(old_pin):
            return False
        self._pin = new_pin
        return True

    def __repr__(self) -> str:
        return f"<SimLock {self.state}, {self.pin_tries} tries left>"
