"""What is done about a network that lets a device in and keeps refusing its PDP context.

Waiting comes first (`pace`); then the radio is restarted, which asks for a new registration, and
at last the modem itself, by its power key. Each costs an attach of the operator's daily limit and
is left out when that is spent. Imported when a PDP context failed.
"""

from nce_modem.attach import ask_registration, restart_radio
from nce_modem.diagnosis import PERMANENT
from nce_modem.errors import CommandTimeout, ModemReset

if 0 & 1:  # for type checkers alone
    from nce_modem.seams import Modem


# Every so many failed tries of the `pdp` step since the last success; each is several commands.
RADIO_AFTER = 2
POWER_AFTER = 4


async def is_registered(modem: "Modem") -> bool:
    """Asked anew: an unsolicited line may have been lost, or broken."""
    modem.registrations.forget()
    try:
        await ask_registration(modem)
    except CommandTimeout:
        pass
    return modem.registrations.registered is not None


async def treat_bearer(modem: "Modem", error: "Exception | None", is_again: bool) -> bool:
    """Count a failed `pdp` step; True when all is worth another try: the radio was restarted, or
    the network had thrown the device out meanwhile (believed once: `is_again`).

    Raises `ModemReset` after pressing the power key: attaching begins anew then.
    """
    if not is_again and not await is_registered(modem):
        return True
    pace = modem.pace
    pace.count_bearer_failure(modem.now_ms())
    if ("pdp", getattr(error, "code", None)) in PERMANENT or pace.is_spent(modem.now_ms()):
        return False
    if pace.bearer_failures % POWER_AFTER == 0 and modem.board.power_key is not None:
        from nce_modem.power import press_power_key

        await press_power_key(modem, modem.family.power_off_pulse_ms)
        raise ModemReset(
            "the power key restarted the modem after %d failed PDP activations"
            % pace.bearer_failures
        )
    if pace.bearer_failures % RADIO_AFTER == 0:
        await restart_radio(modem)
        return True
    return False
