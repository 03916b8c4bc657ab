"""A day of a simulated modem, as the driver spends it, told by events instead of times.

    PYTHONPATH=tests python -m support.modem_days       # writes tests/vectors/day_*.txt again

    # attach                      a part of the day
    > AT+CEREG=2                  a command with its answer
    < OK
    ! +CEREG: 5,"2B0F",…          what came unasked in this part, in its order

Questions that the driver repeats until something happens are written once, with their last answer;
times, and what holds one, are masked. So a search that takes longer changes nothing.
"""

import asyncio
import contextlib
import re
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from nce_modem import PdpLost
from nce_modem.errors import SocketDead
from nce_modem.sms import Sms
from nce_modem.sms.tpdu import Report
from support.driver_bench import ECHO, FAMILIES, play

# SARA-R422 stands for itself here: its context and its restart are commands of its own.
DAYS = (*FAMILIES, "sara-r422")
VECTORS = Path(__file__).parents[1] / "vectors"
AGAIN = "PYTHONPATH=tests python -m support.modem_days"
# Asked until the answer is another one: is there a network, a SIM, a message, a datagram?
POLLS = re.compile(
    r"AT(\+C[GE]?REG\?|\+CPIN\?|\+CGATT\?|\+COPS\?|%XMONITOR|\+CMGL=.*"
    r"|\+(QIRD|CARECV|CIPRXGET|USOR[DF]|SQNSRECV)=.*|#XRECV(FROM)?=.*)?"
)
CLOCK = re.compile(r"\d\d/\d\d/\d\d,\d\d:\d\d:\d\d[+-]\d\d|\d\d-\d\d-\d\d \d\d:\d\d:\d\d")
PDU = re.compile(r"[0-9A-F]{30,}\Z")
ICCID = re.compile(r"8988\d{15,16}F?")
CHOSEN_PORT = re.compile(r"\b(49[2-9]\d\d|5\d{4}|6[0-5]\d{3})\b")  # RFC 6335, 6
NIGHT_S = 6 * 3600


class Exchange(NamedTuple):
    """A command line of the driver's and what the modem said to it."""

    command: str
    answer: tuple[str, ...]


class Part(NamedTuple):
    """A part of the day."""

    name: str
    exchanges: list[Exchange]
    unasked: list[str]


def masked(line):
    """A line without what depends on the time, on the card or on a port chosen at random."""
    pdu = PDU.search(line)
    if pdu is not None:
        line = f"{line[: pdu.start()]}<{len(pdu.group()) // 2} bytes of a PDU>"
    return CHOSEN_PORT.sub("<port>", ICCID.sub("<iccid>", CLOCK.sub("<time>", line)))


def part_of(name, lines, urcs):
    """One part from the lines of a conversation, with the texts that were unsolicited."""
    exchanges, unasked = [], []
    for line in (each for block in lines for each in block.splitlines()):
        mark, text = line[:2], line[2:] if line[:2] in ("> ", "< ") else line
        if mark == "> ":
            exchanges.append(Exchange(masked(text), ()))
        elif urcs[text]:
            urcs[text] -= 1
            unasked.append(masked(text))
        elif exchanges and not (text == "OK" and exchanges[-1].answer[-1:] == ("OK",)):
            command, answer = exchanges[-1]
            exchanges[-1] = Exchange(command, (*answer, masked(text)))
        else:
            assert text == "OK", text  # of a bare AT, which the conversation does not keep
    return Part(name, once(exchanges), [text for text, _ in groupby(unasked)])


def once(exchanges):
    """Exchanges with the last alone of each run of polls."""
    told = []
    for is_poll, run in groupby(exchanges, lambda each: bool(POLLS.fullmatch(each.command))):
        same = list(run)
        told += same[-1:] if is_poll else same
    return told


class Day:
    """Cuts the conversation of a modem into parts."""

    def __init__(self, knobs, timeline):
        self._knobs, self._timeline = knobs, timeline
        self._urcs_seen = self._lines_at_last = 0
        self.parts = []

    def ends(self, name):
        """Everything since the last part was this one."""
        lines = [text for _, text in self._knobs.conversation.lines()]
        urcs = [each.fields["text"] for each in self._timeline.records(kind="urc")]
        new = lines[self._lines_at_last :]
        # The text of a URC may be several lines.
        fresh = Counter(line for text in urcs[self._urcs_seen :] for line in text.splitlines())
        self._urcs_seen, self._lines_at_last = len(urcs), len(lines)
        self.parts.append(part_of(name, new, fresh))


async def messages(bench, modem):
    """One message out, its report where the modem has them, one in."""
    service = bench.world.operator.sms
    service.set_forwarder(lambda method, body, done: done(200), "https://example.com/sms")
    sms = Sms(modem)
    has_reports = bench.knobs.personality.name != "nrf91-sm"  # by #XSMS: text, and no reports
    if has_reports:
        assert len(await sms.send("+882285100", "noon", report=True)) == 1
        assert isinstance(await sms.receive(600_000), Report)
    else:
        await sms.receive(10)
        await sms.send("+882285100", "noon")
    service.send_mt(bench.sim, "hello")
    assert (await sms.receive(600_000)).text == "hello"


def spent(family, **options):
    """The parts of a family's day."""

    async def scene(bench, modem):
        day = Day(bench.knobs, bench.world.timeline)
        await modem.attach()
        day.ends("attach")
        port = await modem.open_datagram("udp.os.1nce.com", ECHO.port)
        await port.send(b"morning")
        assert await port.receive(10_000) == b"morning"
        day.ends("a datagram there and back")
        await messages(bench, modem)
        day.ends("messages")
        await asyncio.sleep(NIGHT_S)
        await port.send(b"afternoon")
        assert await port.receive(60_000) == b"afternoon"
        day.ends("six hours later")
        bench.knobs.faults.drop_pdp()
        with contextlib.suppress(PdpLost, SocketDead):
            assert await port.receive(10_000) is None
            raise AssertionError("nobody told of the end of the session")
        day.ends("the network ends the session")
        await modem.attach()
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        await port.send(b"evening")
        assert await port.receive(10_000) == b"evening"
        await port.close()
        day.ends("attach again")
        return day.parts

    return play(scene, family, is_chopped=False, **options)


def written(parts):
    """The lines of a day's file."""
    lines = []
    for name, exchanges, unasked in parts:
        lines.append(f"# {name}")
        for command, answer in exchanges:
            lines += [f"> {command}", *(f"< {text}" for text in answer)]
        lines += [f"! {text}" for text in unasked]
    return lines


def file_of(family):
    """Where a family's day is written down."""
    return VECTORS / f"day_{family}.txt"


if __name__ == "__main__":
    for each in DAYS:
        file_of(each).write_text("\n".join(written(spent(each))) + "\n")
