"""The AT engine in the cases that recorded transcripts do not hold: time, loss, restarts."""

from nce_modem.at import events, syntax
from nce_modem.at.channel import Channel
from nce_modem.at.command import Command
from nce_modem.at.dialect import Dialect
from nce_modem.at.masking import mask
from nce_modem.at.syntax import AFTER_COMMA, AFTER_LINE, IN_QUOTES, NEXT_LINE, Payload
from nce_modem.errors import UsageError

QIRD = Payload(AFTER_LINE, 0)
PUSHED = Payload(AFTER_LINE, 2)

# Payloads made of what a line parser would trip over.
NASTY = (
    b"OK",
    b"\r\nOK\r\n",
    b"\n",
    b"\r",
    b"\0\0\0",
    b"> ",
    b"@",
    b'"',
    b'","',
    b"\r\nRDY\r\n",
    b"ERROR\r\n",
    b'+QIURC: "recv",0\r\n',
    b"AT+QIRD=0,1500",
    bytes(range(256)),
    b"\r\n" * 700,
)


def new_channel(**options):
    return Channel(
        Dialect(
            urcs="+QIURC +QIOPEN +CARECV",
            urc_lines=("SMS DONE", "CLOSED"),
            boot=("RDY", "POWERED DOWN"),
            boot_follows=("APP RDY",),
            payloads={"+QIURC": PUSHED, "+CMT": Payload(NEXT_LINE)},
        ),
        **options,
    )


def started(command, **options):
    channel = new_channel(**options)
    channel.send(command, 0)
    assert channel.data_to_send() == command.text.encode() + b"\r"
    return channel


def names(found):
    return [getattr(event, "kind", type(event).__name__) for event in found]


def all_ways(make, data):
    """The events of `data`, whole, byte by byte and in threes, which must not differ."""
    results = []
    for size in (len(data), 1, 3):
        channel = make()
        found = []
        for index in range(0, len(data), size):
            found.extend(channel.receive_data(data[index : index + size], 5))
        results.append(found)
    plain = [
        [tuple(event)[1 if hasattr(event, "command") else 0 :] for event in r] for r in results
    ]
    assert plain[0] == plain[1] == plain[2], plain
    return results[0]


def test_payload_of_any_bytes_is_taken_by_count():
    for payload in NASTY:
        command = Command("AT+QIRD=0,1500", reads=QIRD)
        data = b"\r\n+QIRD: %d\r\n" % len(payload) + payload + b"\r\n\r\nOK\r\n"
        found = all_ways(lambda command=command: started(command), data)
        assert names(found) == ["Answer"], (payload[:20], found)
        assert found[0].payloads == [payload] and found[0].final == "OK"


def test_payload_on_the_header_line_is_taken_by_count():
    for payload in NASTY:
        command = Command("AT+CARECV=0,1460", reads=Payload(AFTER_COMMA, 0))
        data = b"\r\n+CARECV: %d," % len(payload) + payload + b"\r\n\r\nOK\r\n"

        def begin(command=command):
            channel = Channel(Dialect())
            channel.send(command, 0)
            return channel

        found = all_ways(begin, data)
        assert names(found) == ["Answer"] and found[0].payloads == [payload], payload[:20]


def test_quoted_payload_is_taken_by_count_and_not_by_quotes():
    for payload in NASTY:
        command = Command("AT+USORF=0,1024", reads=Payload(IN_QUOTES, 3))
        data = (
            b'\r\n+USORF: 0,"10.60.2.239",4445,%d,"' % len(payload) + payload + b'"\r\n\r\nOK\r\n'
        )
        found = all_ways(lambda command=command: started(command), data)
        assert names(found) == ["Answer"] and found[0].payloads == [payload], payload[:20]
        assert found[0].lines == ['+USORF: 0,"10.60.2.239",4445,%d' % len(payload)]


def test_quoted_payload_longer_than_the_line_buffer():
    payload = b"x" * 900
    command = Command("AT+USORF=0,1024", reads=Payload(IN_QUOTES, 3))
    data = b'\r\n+USORF: 0,"10.60.2.239",4445,900,"' + payload + b'"\r\n\r\nOK\r\n'
    found = all_ways(lambda: started(command, max_line=128), data)
    assert names(found) == ["Answer"] and found[0].payloads == [payload]


def test_a_broken_header_is_not_shown_with_the_payload_behind_it():
    quoted, plain = Payload(IN_QUOTES, 3), Payload(AFTER_COMMA, 0)
    for name, reads, rest, shown in (
        # Without a comma, without the first quote of the address, without a comma and a quote.
        ("+USORF", quoted, '1,"10.60.2.200",7,22"level 42 of tank"', ""),
        ("+USORF", quoted, '1,10.60.2.200",7,22,"level 42 of tank"', ""),
        ("+XREAD", plain, "16level 42 of tank", ""),
        ("+XREAD", plain, "812345678", ""),
        ("+USORF", quoted, "1,0", "< +USORF: 1,0"),
        ("+XREAD", plain, "0", "< +XREAD: 0"),
    ):
        channel = started(Command("AT%s=1,1024" % name, reads=reads))
        line = "%s: %s" % (name, rest)
        channel.receive_data(b"\r\n%s\r\n" % line.encode(), 0)
        expected = shown or "< <%d characters>" % len(line)
        assert channel.transcript.lines()[-1] == expected, channel.transcript.lines()


def test_hex_payload_is_two_digits_a_byte():
    command = Command("AT+USORD=0,4", reads=Payload(IN_QUOTES, 1, is_hex=True))
    found = all_ways(lambda: started(command), b'\r\n+USORD: 0,2,"4F4b"\r\n\r\nOK\r\n')
    assert found[0].payloads == [b"OK"]


def test_pushed_payload_within_an_answer():
    for payload in NASTY:
        push = b'\r\n+QIURC: "recv",1,%d\r\n' % len(payload) + payload + b"\r\n"
        data = b"\r\n+CSQ: 20,99\r\n" + push + b"\r\nOK\r\n"
        found = all_ways(lambda: started(Command("AT+CSQ")), data)
        assert names(found) == ["Urc", "Answer"], (payload[:20], found)
        assert found[0].payload == payload and found[1].lines == ["+CSQ: 20,99"]


def test_message_body_is_the_next_line_whatever_it_says():
    found = all_ways(new_channel, b'\r\n+CMT: "+49123",,"26/01/01,00:00:00+00"\r\nOK\r\n')
    assert names(found) == ["Urc"] and found[0].payload == b"OK"


def test_prompt_is_seen_without_a_newline_and_only_when_awaited():
    def begin():
        return started(Command("AT+QISEND=0,2", payload=b"hi", success=("SEND OK",)))

    found = all_ways(begin, b"\r\n> \r\nSEND OK\r\n")
    assert names(found) == ["Answer"] and found[0].final == "SEND OK"
    channel = begin()
    channel.receive_data(b"\r\n>", 5)
    assert channel.data_to_send() == b"hi"
    assert channel.data_to_send() == b""
    channel = started(Command("AT+CSQ"))
    channel.receive_data(b"\r\n> ", 5)
    assert channel.data_to_send() == b""
    # A noisy byte in the place of the space behind it holds nothing up.
    found = all_ways(begin, b"\r\n>\0\r\nSEND OK\r\n")
    assert names(found) == ["Answer"] and found[0].final == "SEND OK"


def test_urc_before_the_prompt_does_not_hide_it():
    channel = started(Command("AT+QISEND=0,2", payload=b"hi", success=("SEND OK",)))
    found = channel.receive_data(b'AT+QISEND=0,2\r\r\n\r\n+QIURC: "recv",0\r\n\r\n> ', 5)
    assert names(found) == ["Urc"]
    assert channel.data_to_send() == b"hi"


def test_prompt_delay_is_a_deadline_and_a_clock_of_whole_milliseconds_does_not_shorten_it():
    command = Command("AT+USOST=0", payload=b"hi", prompt="@", prompt_delay_ms=50)
    channel = started(command)
    channel.receive_data(b"\r\n@", 100)
    channel.handle_timeout(150)  # 49.1 ms after a prompt at 100.9
    assert channel.data_to_send() == b"" and channel.next_timeout() == 151
    channel.handle_timeout(151)
    assert channel.data_to_send() == b"hi"


def test_a_terminator_may_follow_its_payload_after_a_silence():
    command = Command(
        "AT#XSEND", payload=b"a+", prompt="OK", terminator=b"+++", terminator_delay_ms=500
    )
    channel = started(command)
    channel.receive_data(b"\r\nOK\r\n", 100)
    assert channel.data_to_send() == b"a+" and channel.next_timeout() == 601
    assert channel.receive_data(b"\r\nOK\r\n", 300) == []  # it has not its end yet
    channel.handle_timeout(601)
    assert channel.data_to_send() == b"+++"
    assert names(channel.receive_data(b"\r\nOK\r\n", 700)) == ["Answer"]


def test_a_payload_that_wants_a_silence_does_not_leave_after_its_time():
    command = Command(
        "AT#XSEND", payload=b"a+", prompt="OK", terminator=b"+++", terminator_delay_ms=500
    )
    channel = started(command)
    assert channel.handle_timeout(10_000)[0].reason == events.NO_PROMPT
    channel.receive_data(b"\r\nOK\r\n", 10_500)
    assert channel.data_to_send() == b"+++"


def test_stray_ok_between_a_prompt_and_its_payload_is_no_success():
    command = Command("AT+USOST=0", payload=b"hi", prompt="@", prompt_delay_ms=50)
    channel = started(command)
    channel.receive_data(b"\r\n@", 100)
    assert channel.receive_data(b"\r\nOK\r\n", 110) == []
    assert names(channel.handle_timeout(151)) == [] and channel.data_to_send() == b"hi"
    assert names(channel.receive_data(b"\r\n+USOST: 0,2\r\n\r\nOK\r\n", 200)) == ["Answer"]


def test_error_instead_of_a_prompt_leaves_the_payload_unwritten():
    channel = started(Command("AT+QISEND=0,2", payload=b"hi", success=("SEND OK",)))
    found = channel.receive_data(b"\r\nERROR\r\n\r\n> ", 5)
    assert names(found) == ["Answer"] and not found[0].is_ok
    assert channel.data_to_send() == b""


def test_missing_prompt_ends_the_command_and_a_late_one_is_not_left_open():
    channel = started(Command("AT+QISEND=0,2", 120_000, payload=b"hi", success=("SEND OK",)))
    assert channel.next_timeout() == 10_000
    found = channel.handle_timeout(10_000)
    assert found[0].reason == events.NO_PROMPT and channel.data_to_send() == b""
    # The modem waits for two bytes now: without them it would take the next command for data.
    channel.receive_data(b"\r\n> ", 10_500)
    assert channel.data_to_send() == b"hi"
    assert names(channel.receive_data(b"\r\nSEND OK\r\n", 10_600)) == ["late"]


def test_lost_prompt_does_not_turn_the_next_commands_into_a_datagram():
    for payload, filled in ((b"hello", b"hello"), (b"a\rb", b"\x1b\x1b\x1b")):
        command = Command("AT+QISEND=0,5", payload=payload, success=("SEND OK",))
        channel = started(command)
        channel.handle_timeout(5000)
        channel.send(Command("AT+CSQ"), 5001)
        channel.handle_timeout(7000)
        assert channel.data_to_send() == filled
        assert names(channel.receive_data(b"\r\nSEND OK\r\n", 7100)) == ["late"]
        channel.handle_timeout(7120)
        assert channel.data_to_send() == b"AT+CSQ\r"


def test_guard_time_separates_commands():
    channel = started(Command("AT"))
    channel.receive_data(b"\r\nOK\r\n", 100)
    channel.send(Command("AT+CSQ"), 105)
    assert channel.data_to_send() == b"" and channel.next_timeout() == 120
    channel.handle_timeout(120)
    assert channel.data_to_send() == b"AT+CSQ\r"


def test_command_waits_for_the_one_before():
    channel = started(Command("AT+CSQ"))
    channel.send(Command("AT+CREG?"), 1)
    assert channel.data_to_send() == b""
    channel.receive_data(b"\r\n+CSQ: 1,1\r\n\r\nOK\r\n", 2)
    channel.handle_timeout(22)
    assert channel.data_to_send() == b"AT+CREG?\r"
    try:
        channel.send(Command("AT"), 23)
        channel.send(Command("AT"), 23)
    except ValueError as error:
        assert "AT" in str(error)
    else:
        raise AssertionError("a third command was taken")


def test_late_answer_goes_to_nobody():
    channel = started(Command("AT+COPS?", timeout_ms=1000))
    found = channel.handle_timeout(1000)
    assert names(found) == ["Failed"] and found[0].reason == events.TIMEOUT
    channel.send(Command("AT+CSQ"), 1001)
    assert channel.data_to_send() == b""
    found = channel.receive_data(b'\r\n+COPS: 0,0,"x"\r\n\r\nOK\r\n', 1500)
    assert names(found) == ["late", "late"]
    channel.handle_timeout(channel.next_timeout())
    assert channel.data_to_send() == b"AT+CSQ\r"
    found = channel.receive_data(b"\r\n+CSQ: 9,9\r\n\r\nOK\r\n", 1600)
    assert names(found) == ["Answer"] and found[0].lines == ["+CSQ: 9,9"]


def test_overdue_answer_is_flushed_out_by_a_probe():
    channel = started(Command("AT+COPS?", timeout_ms=1000))
    channel.handle_timeout(1000)
    channel.send(Command("AT+CSQ"), 1001)
    channel.handle_timeout(3000)
    assert channel.data_to_send() == b"AT\r"
    # Two finals come: the overdue one's and the probe's. Neither is the next command's.
    assert names(channel.receive_data(b"\r\nOK\r\n", 3100)) == ["late"]
    assert channel.data_to_send() == b""
    assert names(channel.receive_data(b"AT\r\r\nOK\r\n", 3200)) == ["late"]
    assert channel.next_timeout() == 3500
    channel.handle_timeout(3500)
    channel.handle_timeout(3520)
    assert channel.data_to_send() == b"AT+CSQ\r"


def test_drain_is_bounded_when_the_modem_is_silent():
    channel = started(Command("AT+COPS?", timeout_ms=1000))
    channel.send(Command("AT+CSQ"), 1)
    steps = 0
    written = b""
    while b"AT+CSQ" not in written:
        now_ms = channel.next_timeout()
        channel.handle_timeout(now_ms)
        written += channel.data_to_send()
        steps += 1
        assert steps < 10
    assert now_ms <= 1000 + 2 * 2000 + 20 and written == b"AT\rAT+CSQ\r"
    assert channel.timeouts_in_a_row == 1


def test_withdrawn_command_is_never_written_and_a_written_one_is_still_read():
    channel = started(Command("AT+CSQ"))
    waiting = Command("AT+CREG?")
    channel.send(waiting, 1)
    channel.withdraw(waiting)
    found = channel.receive_data(b"\r\n+CSQ: 1,1\r\n\r\nOK\r\n", 2)
    assert names(found) == ["Answer"]
    channel.handle_timeout(100)
    assert channel.data_to_send() == b"" and channel.next_timeout() is None


def test_restart_fails_the_pending_command_in_every_state():
    banner = b"\0\xfe\r\nRDY\r\n"
    sending = Command("AT+QISEND=0,2", payload=b"hi", success=("SEND OK",))
    for before in (b"", b"AT+QISEND=0,2\r", b"\r\n> ", b"\r\n> \r\n+CSQ: 1,1\r\n"):
        found = all_ways(lambda: started(sending), before + banner)
        assert names(found)[-2:] == ["Reset", "Failed"], (before, found)
        assert found[-1].reason == events.RESET
    channel = new_channel()
    assert names(channel.receive_data(banner, 5)) == ["Reset"]


def test_restart_is_not_counted_as_silence_nor_drained():
    channel = started(Command("AT+CSQ"))
    channel.receive_data(b"\r\nRDY\r\n", 5)
    assert channel.timeouts_in_a_row == 0
    channel.send(Command("AT"), 30)
    assert channel.data_to_send() == b"AT\r"


def test_second_banner_of_one_start_is_no_second_reset():
    channel = new_channel()
    assert names(channel.receive_data(b"\r\nRDY\r\n", 0)) == ["Reset"]
    assert names(channel.receive_data(b"\r\nAPP RDY\r\n", 8000)) == ["Urc"]
    assert names(channel.receive_data(b"\r\nAPP RDY\r\n", 80_000)) == ["Reset"]


def test_restart_within_a_payload_is_found_when_the_payload_stops_short():
    channel = started(Command("AT+QIRD=0,1500", 120_000, reads=QIRD))
    assert channel.receive_data(b"\r\n+QIRD: 500\r\nabc\r\nRDY\r\n", 100) == []
    assert channel.next_timeout() == 5100
    assert names(channel.handle_timeout(5100)) == ["truncated", "Reset", "Failed"]


def test_a_command_holds_all_of_printable_ascii_and_nothing_else():
    text = "AT" + "".join([chr(code) for code in range(0x20, 0x7F)])
    started(Command(text))  # which asserts that it is written
    for other in ("", "AT\x7f", "AT\x1f", "AT\r", "ATé"):
        try:
            new_channel().send(Command(other), 0)
        except UsageError:
            continue
        raise AssertionError(other)


def test_an_event_whose_payload_stops_short_fails_no_command():
    channel = started(Command("AT+CSQ", 120_000))
    channel.receive_data(b'\r\n+QIURC: "recv",0,500\r\nabc', 100)
    assert names(channel.handle_timeout(5100)) == ["truncated"]
    found = channel.receive_data(b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n", 5200)
    assert [event.lines for event in found] == [["+CSQ: 20,99"]]


def test_payload_that_stops_short_fails_its_command():
    channel = started(Command("AT+QIRD=0,1500", 120_000, reads=QIRD))
    channel.receive_data(b"\r\n+QIRD: 500\r\nabc", 100)
    channel.receive_data(b"def", 3000)
    assert channel.handle_timeout(5100) == []
    found = channel.handle_timeout(8000)
    assert names(found) == ["truncated", "Failed"] and found[1].reason == events.SHORT_PAYLOAD
    assert found[0].text == "+QIRD: 6 of 500"


def test_overlong_line_is_dropped_counted_and_harms_nothing():
    data = b"\r\n" + b"y" * 300 + b"\r\n\r\n+CSQ: 1,1\r\n\r\nOK\r\n"
    found = all_ways(lambda: started(Command("AT+CSQ"), max_line=64), data)
    assert names(found) == ["overlong", "Answer"] and found[0].text == "300 bytes"
    assert found[1].lines == ["+CSQ: 1,1"]


def test_line_of_exactly_the_bound():
    for length, expected in (
        (63, "unknown"),
        (64, "overlong"),
        (65, "overlong"),
        (128, "overlong"),
    ):
        found = all_ways(lambda: new_channel(max_line=64), b"y" * length + b"\r\n")
        assert names(found) == [expected], (length, found)


def test_orphan_finals_and_unknown_lines_are_told():
    found = all_ways(new_channel, b"\r\nNO CARRIER\r\n\r\nOK\r\n\r\nwhatever\r\n\r\n3, CLOSED\r\n")
    assert names(found) == ["orphan", "orphan", "unknown", "Urc"]


def test_result_of_a_call_ends_only_a_command_that_dials():
    answer = b"\r\nNO CARRIER\r\n\r\nOK\r\n"
    found = all_ways(lambda: started(Command("AT+CSQ")), answer)
    assert names(found) == ["orphan", "Answer"] and found[1].is_ok
    for command in (Command("ATD*99#"), Command("AT+SQNSD=1", dials=True)):
        found = all_ways(lambda command=command: started(command), answer)
        assert names(found) == ["Answer", "orphan"] and found[0].final == "NO CARRIER"


def test_failed_send_of_a_numbered_connection_is_a_result():
    def begin():
        return started(Command("AT+CIPSEND=0,2", payload=b"hi", success=("SEND OK",)))

    found = all_ways(begin, b"\r\n> \r\n0, SEND FAIL\r\n")
    assert names(found) == ["Answer"] and not found[0].is_ok


def test_stale_ok_does_not_end_a_send():
    def begin():
        return started(Command("AT+QISEND=0,2", payload=b"hi", success=("SEND OK",)))

    found = all_ways(begin, b"\r\n> \r\nOK\r\n\r\nSEND FAIL\r\n")
    assert names(found) == ["Answer"] and found[0].final == "SEND FAIL" and not found[0].is_ok


def test_urc_text_is_not_taken_for_the_imsi():
    found = all_ways(
        lambda: started(Command("AT+CIMI")),
        b"AT+CIMI\r\r\nDST: 1\r\n\r\n901405100000001\r\n\r\nOK\r\n",
    )
    assert names(found) == ["unknown", "Answer"] and found[1].lines == ["901405100000001"]


def test_same_prefix_in_a_set_command_is_an_event():
    found = all_ways(
        lambda: started(Command('AT+QIOPEN=1,0,"UDP","a",1,0,0')),
        b"\r\n+QIOPEN: 0,0\r\n\r\nOK\r\n",
    )
    assert names(found) == ["Urc", "Answer"] and found[1].lines == []


def test_prefixes_of_command_lines():
    cases = (
        ("AT+CEREG?", ("+CEREG",)),
        ("ATE0V1+CMEE=1;+CREG=2;&D0", ("+CMEE", "+CREG")),
        ("at+cnact=1", ("+CNACT",)),
        ("AT%XMONITOR", ("%XMONITOR",)),
        ("AT#XSOCKET=1,2,0", ("#XSOCKET",)),
        ("ATI", ()),
        ("AT", ()),
    )
    for text, expected in cases:
        assert syntax.prefixes(text) == expected, text


def test_fields_never_raise():
    cases = (
        ("", [""]),
        (' 1,"a,b",,7', ["1", "a,b", "", "7"]),
        ('2,1,"5E25', ["2", "1", "5E25"]),
        ('2,1,"0B,"0100701",7', ["2", "1", '0B,"0100701",7']),
    )
    for text, expected in cases:
        assert syntax.fields(text) == expected, (text, syntax.fields(text))


def test_transcript_shows_no_secret_and_no_subscriber():
    cases = (
        ("+QCCID: 8988280666000000017F", "+QCCID: 89882**************F"),
        ("901405100000001", "90140**********"),
        ('AT+CMGS="+49123456789"', 'AT+CMGS="+49*********"'),
        ('AT%CMNG=0,1,3,"00112233"', "AT%CMNG ***"),
        ('AT+USECPRF=0,8,"SomeSecret"', "AT+USECPRF ***"),
        ('AT+QSSLCFG="psk",0,"id","00ff"', 'AT+QSSLCFG="psk" ***'),
        ('AT+CPIN="1234"', "AT+CPIN= ***"),
        ('+QIACT: 1,1,1,"10.160.0.7"', '+QIACT: 1,1,1,"10.160.0.7"'),
        ('+CEREG: 2,5,"00B7","00011B07",8', '+CEREG: 2,5,"00B7","00011B07",8'),
    )
    for text, expected in cases:
        assert mask(text) == expected, (text, mask(text))


def test_transcript_keeps_the_last_lines_and_only_the_length_of_payloads():
    channel = started(Command("AT+QISEND=0,6", payload=b"secret", success=("SEND OK",)))
    channel.receive_data(b"\r\n> \r\nSEND OK\r\n", 1)
    assert channel.transcript.lines() == [
        "> AT+QISEND=0,6",
        "< >",
        "> <6 bytes>",
        "< SEND OK",
    ]
    for _ in range(100):
        channel.receive_data(b"\r\nSMS DONE\r\n", 2)
    assert len(channel.transcript.lines()) < 1000
