"""A modem that never stops talking starves no command."""

from nce_modem.at import events
from nce_modem.at.channel import Channel
from nce_modem.at.command import Command
from nce_modem.at.dialect import Dialect
from nce_modem.families import (
    nordic,
    quectel,
    quectel_cat1,
    sequans,
    simcom7000,
    simcom7080,
    simcom7600,
    ublox,
    ublox5,
)

STEP_MS = 10
# Results that nobody asked for, final ones, banners, lines of no meaning.
LINES = (b"+CSCON: 1", b"OK", b"ERROR", b"RDY", b"blah")
FAMILIES = (
    nordic.NRF91,
    quectel.BG95,
    quectel_cat1.EC25,
    simcom7600.A76XX,
    sequans.GM02S,
    simcom7000.SIM7000,
    simcom7080.SIM7080,
    ublox.SARA_R410,
    ublox5.SARA_R5,
)


def written_after_ms(channel, line, every_ms, start_ms=0, limit_ms=20_000):
    """When a command leaves that was queued at `start_ms`, with `line` coming all the time."""
    for now_ms in range(start_ms, start_ms + limit_ms, STEP_MS):
        if now_ms % every_ms == 0:
            channel.receive_data(b"\r\n" + line + b"\r\n", now_ms)
        due_ms = channel.next_timeout()
        if due_ms is not None and due_ms <= now_ms:
            channel.handle_timeout(now_ms)
        if channel.data_to_send():
            return now_ms - start_ms
    return None


def test_a_command_waits_for_a_quiet_line_no_longer_than_its_bound():
    for family in FAMILIES:
        dialect = family.profile.dialect
        for line in LINES:
            for every_ms in (STEP_MS, dialect.guard_ms // STEP_MS * STEP_MS - STEP_MS or STEP_MS):
                channel = Channel(dialect)
                channel.receive_data(b"\r\n" + line + b"\r\n", 0)
                channel.send(Command("AT+CEREG?"), 0)
                waited_ms = written_after_ms(channel, line, every_ms)
                assert waited_ms is not None, (family.profile.name, line)
                assert waited_ms <= dialect.guard_limit_ms + STEP_MS, (family.profile.name, line)


def test_the_line_is_quiet_before_a_command_when_it_can_be():
    channel = Channel(Dialect(guard_ms=100))
    channel.receive_data(b"\r\n+CSCON: 1\r\n", 5000)
    channel.send(Command("AT"), 5010)
    assert channel.data_to_send() == b""
    assert channel.next_timeout() == 5100
    channel.receive_data(b"\r\n+CSCON: 0\r\n", 5060)
    assert channel.next_timeout() == 5160
    channel.handle_timeout(5160)
    assert channel.data_to_send() == b"AT\r"


def test_the_bound_is_counted_from_when_only_the_quiet_is_missing():
    channel = Channel(Dialect(guard_ms=100, guard_limit_ms=300))
    channel.send(Command("AT+FIRST", timeout_ms=60_000), 0)
    channel.data_to_send()
    channel.send(Command("AT+SECOND"), 10)
    channel.receive_data(b"\r\nOK\r\n", 40_000)
    # The quiet time after a final result is kept, however long the command was queued.
    channel.receive_data(b"\r\n+CSCON: 1\r\n", 40_020)
    assert channel.data_to_send() == b""
    assert channel.next_timeout() == 40_120


def test_final_results_that_keep_coming_do_not_block_a_line_that_is_drained():
    channel = Channel(Dialect(drain_ms=500))
    channel.send(Command("AT+CEREG?", timeout_ms=1000), 0)
    assert channel.data_to_send()
    found = channel.handle_timeout(1000)
    assert isinstance(found[0], events.Failed)
    channel.send(Command("AT+CSQ"), 1000)
    now_ms = 1000
    seen = b""
    while b"AT+CSQ" not in seen:
        now_ms += STEP_MS
        assert now_ms < 5000, "starved"
        if seen == b"AT\r":  # it is probed
            channel.receive_data(b"\r\nOK\r\n", now_ms)
        due_ms = channel.next_timeout()
        if due_ms is not None and due_ms <= now_ms:
            channel.handle_timeout(now_ms)
        seen += channel.data_to_send()
