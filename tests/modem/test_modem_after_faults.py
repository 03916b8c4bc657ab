"""Single faults that once ended a session wrongly: one row for each defect that was mended.

The whole of them is `tests/scenarios/test_every_fault.py`.
"""

import pytest

from nce_modem import BG95, Modem, errors
from nce_sim.modem.faults.catalogue import CATALOGUE
from nce_sim.modem.line.results import NO_RESULT
from support.driver_bench import Bench
from support.every_fault import Case, play, try_case

# Family, fault, command with its count, point, what the session must come to.
ROWS = {
    "a command without an answer begins the attach anew": (
        ("bg95", "first characters swallowed", "+CGDCONT", 1, "after_final", "success")
    ),
    "a restart while the modem is asked who it is": (
        ("bg95", "reset", "+CGMM", 1, "received", "success")
    ),
    "a restart while stale sockets are closed": (
        ("bg95", "reset", "+QISTATE", 1, "received", "success")
    ),
    "an ERROR without a number may pass when opening": (
        ("bg95", "ERROR without a number", "+QIOPEN", 1, "received", "success")
    ),
    "a refused open is an OpenFailed": (
        ("bg95", "error for a prompt", "+QIOPEN", 1, "received", "open:OpenFailed")
    ),
    "the bearer is lost while opening": (
        ("nrf91-slm2", "PDP lost", "#XCONNECT", 1, "received", "open:PdpLost")
    ),
    "an ERROR without a number may pass when reading": (
        ("bg95", "ERROR without a number", "+QIRD", 1, "received", "success")
    ),
    "SEND FAIL behind a connection's number is a result": (
        ("sim7000", "PDP lost", "+CIPSEND", 1, "prompt", "send:PdpLost")
    ),
    "a SIM7000 connection of an earlier owner is not ours": (
        ("sim7000", "sockets taken", "+CIPRXGET", 2, "received", "success")
    ),
    "a SIM7080 id of an earlier owner is closed": (
        ("sim7080", "sockets taken", "+CREG", 3, "received", "success")
    ),
    "Serial Modem says that a datagram did not leave": (
        ("nrf91-sm", "accepted and never sent", "#XSEND", 1, "received", "send:SocketDead")
    ),
    "a SIMCom that hangs gets its key long enough": (
        ("sim7080", "deaf", "+CGREG", 3, "received", "success")
    ),
    "an APN that was not taken is written again": (
        ("nrf91-slm2", "broken lines amid an answer", "+CFUN", 1, "received", "success")
    ),
    "a bearer that fails as the registration was lost": (
        ("bg95", "denied for a while", "+QIACT", 1, "received", "success")
    ),
    "a modem that fell asleep between two commands": (
        ("bg95", "asleep", "+CGREG", 3, "after_final", "success")
    ),
}


@pytest.mark.parametrize("what", ROWS)
def test_after_one_fault(what):
    family, fault, command, count, point, outcome = ROWS[what]
    number = [each.name for each in CATALOGUE].index(fault)
    assert try_case(Case(family, number, count, command, point)) == outcome


def test_a_command_that_is_never_answered_is_named(monkeypatch):
    async def scene(clock):
        bench = Bench(clock, "bg95")
        monkeypatch.setitem(
            bench.knobs.personality.commands, "+CGDCONT", lambda modem, command: NO_RESULT
        )
        modem = Modem(bench, family=BG95)
        with pytest.raises(errors.AttachError) as caught:
            await modem.attach()
        await modem.close()
        return caught.value

    error = play(scene)
    assert (error.step, error.reason) == ("apn", "the modem did not answer a command")
    assert "AT+CGDCONT?: no answer in time" in error.evidence
    assert not error.is_permanent
