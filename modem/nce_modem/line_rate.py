"""The rate and the flow control of the line: finds a modem left at another rate, and moves it.

`nce_modem.power` comes here when a modem does not answer. A board whose UART can change its rate
has the attribute `baudrate` and takes a rate in `open_uart(rate)`; then each rate of a table is
tried once, in `RATES` order. A modem that answers is set up, then moved to the board's own rate
by its family's commands (`Profile.line`), which keep it over a restart where the manual says how.
A board with the attribute `rtscts` that is true has flow control by RTS and CTS.

Gibberish is told from silence: see `nce_modem.misheard`.
"""

import asyncio
from collections import namedtuple

from nce_modem.at.command import Command
from nce_modem.errors import CommandFailed, CommandTimeout, LineClosed, ModemReset, ModemSilent
from nce_modem.misheard import is_garbage, misheard

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Modem, NamedTuple

    class LineNoticed(NamedTuple):
        line: str  # what became of the rate or the flow control

else:
    LineNoticed = namedtuple("LineNoticed", ("line",))  # type: ignore[no-redef,unused-ignore]

# Most likely first: what modems have from the factory, what other drivers choose, the rest.
RATES = (115_200, 9600, 57_600, 230_400, 460_800, 921_600, 38_400, 19_200)
# The first one ends the line of gibberish that the modem took in at another rate; a modem that
# follows the host's rate takes it to measure. The last also undoes V0 and Q1.
PROBES = ("AT", "AT", "ATQ0V1")
PROBE_MS = 300  # of BG9x's manual for AT; at 9600 bit/s the answer takes 10 ms
# A u-blox needs 100 ms after the OK (SARA-R4 AT manual, 10.9.4).
SETTLE_S = 0.2


async def found_elsewhere(modem: "Modem", is_over: bool, was_pressed: bool) -> bool:
    """Whether a modem that does not answer does so at another rate; the line then has that rate.

    Silence may also mean that the modem is off: a board with a power key presses it first.
    When the time to power on `is_over`, raises what was heard, or `ModemSilent`.
    """
    heard = bytes(modem.link.received)
    rate_bps = getattr(modem.board, "baudrate", None)
    is_due = is_over or was_pressed or modem.board.power_key is None or is_garbage(heard)
    if rate_bps and is_due and await _scan(modem):
        return True
    modem.link.received = bytearray(heard)
    if not is_over:
        return False
    error = misheard(heard, rate_bps, RATES if rate_bps else (), modem.link.channel.transcript)
    if error is not None:
        raise error
    raise modem.link.error_of(
        ModemSilent,
        "the modem did not answer AT within %d s; check power, wiring and baud rate"
        % (modem.family.profile.power_on_ms // 1000),
    )


class _At:
    """A board at another rate than its own."""

    def __init__(self, board: "Any", rate_bps: int) -> None:
        self.power_key = board.power_key
        self._board = board
        self._rate_bps = rate_bps

    def open_uart(self) -> "Any":
        return self._board.open_uart(self._rate_bps)


async def _scan(modem: "Modem") -> bool:
    own_bps = modem.board.baudrate  # type: ignore[attr-defined]
    # The own one last: the power key may have been pressed in vain at another.
    for rate_bps in [one for one in RATES if one != own_bps] + [own_bps]:
        if await _answers_at(modem, rate_bps):
            if rate_bps != own_bps:
                modem.link.memory["rate"] = rate_bps
                modem.tell(LineNoticed("the modem answers at %d bit/s" % rate_bps))
            return True
    return False


async def _open_at(modem: "Modem", rate_bps: int) -> None:
    await modem.link.close()
    await modem.link.open(_At(modem.board, rate_bps))


async def _answers_at(modem: "Modem", rate_bps: int) -> bool:
    try:
        await _open_at(modem, rate_bps)
    except LineClosed:
        return False  # not a rate of this UART
    limit_ms = min(PROBE_MS, modem.family.profile.probe_timeout_ms)
    for text in PROBES:
        command = Command(text, timeout_ms=limit_ms, drains=False, survives_reset=True, expects=())
        try:
            await modem.link.run(command)
            return True
        except CommandFailed:
            return True  # an ERROR that can be read: the rate is right
        except (CommandTimeout, ModemReset):
            pass
    return False


async def settle(modem: "Modem") -> None:
    """Make the line as the board has it: flow control, then the rate, which the modem keeps.

    A modem that refuses stays where it answers, and is noticed.
    """
    commands = modem.family.profile.line.split(" ") + ["", ""]  # missing ones do not exist
    rate_command, keep_command, flow_command = commands[:3]
    if getattr(modem.board, "rtscts", False) and flow_command:
        await _try(modem, flow_command)
    found_bps = modem.link.memory.get("rate")
    if found_bps is None or not rate_command:
        return
    wanted_bps = modem.board.baudrate  # type: ignore[attr-defined]
    if not await _try(modem, rate_command % wanted_bps):
        modem.tell(LineNoticed("the modem stays at %d bit/s" % found_bps))
        return
    await asyncio.sleep(SETTLE_S)
    if not await _answers_at(modem, wanted_bps):
        if not await _answers_at(modem, found_bps):
            raise modem.link.error_of(
                ModemSilent,
                "the modem was moved from %d to %d bit/s and answers at neither; switch it off "
                "and on" % (found_bps, wanted_bps),
            )
        modem.tell(LineNoticed("the modem stays at %d bit/s" % found_bps))
        return
    del modem.link.memory["rate"]
    # After the proof only: a rate that does not work must not outlive the session.
    if keep_command:
        await _try(modem, keep_command)
    modem.tell(LineNoticed("the modem was moved to %d bit/s" % wanted_bps))


async def _try(modem: "Modem", text: str) -> bool:
    try:
        await modem.family.ask(modem.link, text)
        return True
    except CommandFailed as error:
        modem.tell(LineNoticed("%s was answered %s" % (text, error.final)))
        return False
