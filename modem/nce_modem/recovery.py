"""The treatment when a network registers a device and keeps refusing its PDP context.

Waiting comes first (`pace`); then the radio is restarted, which asks for a new registration; then
the modem itself, by its power key. Each restart costs an attach of the operator's daily limit and
is left out when the limit is used up. Imported when a PDP context failed.
"""

from nce_modem.errors import CommandTimeout, ModemReset
from nce_modem.registering import ask_registration, restart_radio

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem


# (step, CME code) that no retry can fix.
PERMANENT = (
    ("sim", 10),
    ("sim", 11),
    ("sim", 12),
    ("sim", 13),
    ("sim", 15),
    ("sim", 16),
    ("pdp", 127),
    ("pdp", 129),
    ("pdp", 133),
    ("pdp", 149),
    ("pdp", 177),
)

# The radio restarts at every second failed try of the `pdp` step since the last success, the modem
# at every fourth. Each try is several commands.
RADIO_AFTER = 2
POWER_AFTER = 4


async def is_registered(modem: "Modem") -> bool:
    """Whether the modem is registered, asked again: an unsolicited line may be lost or broken."""
    modem.registrations.forget()
    try:
        await ask_registration(modem)
    except CommandTimeout:
        pass
    return modem.registrations.registered is not None


async def treat_bearer(modem: "Modem", error: "Exception | None", is_again: bool) -> bool:
    """Count a failed `pdp` step; True when attaching should run again: the radio was restarted, or
    the network had dropped the device meanwhile (accepted once: `is_again`).

    Raises `ModemReset` after pressing the power key: attaching starts again then.
    """
    if not is_again and not await is_registered(modem):
        return True
    pace = modem.pace
    pace.count_bearer_failure(modem.now_ms())
    if ("pdp", getattr(error, "code", None)) in PERMANENT or pace.is_spent(modem.now_ms()):
        return False
    if pace.bearer_failures % POWER_AFTER == 0 and modem.board.power_key is not None:
        from nce_modem.power import press_power_key

        await press_power_key(modem, modem.family.profile.power_off_pulse_ms)
        raise ModemReset(
            "the power key restarted the modem after %d failed PDP activations"
            % pace.bearer_failures
        )
    if pace.bearer_failures % RADIO_AFTER == 0:
        await restart_radio(modem)
        return True
    return False


async def wake_sim(modem: "Modem") -> bool:
    """Switch the radio on when AT+CFUN=0 has the SIM off; whether it was so.

    An earlier owner left it there: SIMCom then says NOT READY, Quectel CME 13, Sequans CME 10.
    """
    family, link = modem.family, modem.link
    for values in await family.ask_fields(link, "AT+CFUN?"):
        if values[0] == "0":
            await family.ask(link, "AT+CFUN=1")
            return True
    return False


async def cause_on_card(modem: "Modem") -> "int | None":
    """11 when the card holds a forbidden operator (EF 6F7B), which a cause 11, 13 or 15 put there.

    For modems without +CEER, such as SIMCom's, whose +CEREG has no cause either.
    """
    found = await modem.family.ask_fields(modem.link, "AT+CRSM=176,28539,0,0,12")
    content = found[-1][-1].upper() if found and len(found[-1]) > 2 else ""
    return 11 if content.strip("F0123456789ABCDE") == "" and content.strip("F") else None
