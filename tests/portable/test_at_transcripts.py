"""Replays what real modems said (tests/vectors/at_transcripts.json), however it is cut.

The vectors are facts: logs, vendors' and operators' documents, other drivers' test vectors. The
dialects of the families that have no profile yet are written here, from the vectors alone.
"""

import json

from nce_modem import registration
from nce_modem.at import events, results, syntax
from nce_modem.at.channel import Channel
from nce_modem.at.command import Command, is_text
from nce_modem.at.dialect import Dialect
from nce_modem.at.syntax import AFTER_COMMA, AFTER_LINE, IN_QUOTES, Payload
from nce_modem.families import quectel

VECTORS = __file__.rsplit("/", 2)[0] + "/vectors/at_transcripts.json"

SHAPES = {
    "+CREG": registration.answers,
    "+CGREG": registration.answers,
    "+CEREG": registration.answers,
}

DIRECT_PUSH = Dialect(
    urcs=quectel.BG95.profile.dialect.urcs,
    urc_lines=quectel.BG95.profile.dialect.urc_lines,
    boot=quectel.BG95.profile.dialect.boot,
    boot_follows=quectel.BG95.profile.dialect.boot_follows,
    shapes=SHAPES,
    payloads={"+QIURC": Payload(AFTER_LINE, 2, field_count=5)},
)
DIALECTS = {
    "quectel": DIRECT_PUSH,
    "simcom": Dialect(
        urcs="+APP PDP +CADATAIND +CASTATE +CAOPEN",
        urc_lines=("SMS Ready", "Call Ready", "CLOSED"),
        boot=("RDY", "NORMAL POWER DOWN"),
        shapes=SHAPES,
    ),
    "u-blox": Dialect(urcs="+UUSORD +UUSORF +UUSOCL +UUSOCO +UUPSDA +UUPSDD", shapes=SHAPES),
    "nordic": Dialect(
        urcs="#XDATAMODE #XAPOLL #XRECVFROM #XRECV",
        boot=("Ready", "INIT ERROR"),
        shapes={
            "+CEREG": registration.answers,
            "#XRECV": lambda command, text: True,
            "#XRECVFROM": lambda command, text: True,
        },
        payloads={"#XRECVFROM": Payload(AFTER_LINE, 2, hex_field=1)},
    ),
    "sequans": Dialect(urcs="+SQNSRING +SQNSH", boot=("+SYSSTART", "+SHUTDOWN"), shapes=SHAPES),
    "generic": Dialect(urcs="+UUSORD", shapes=SHAPES),
}

# How a command reads its payload, or writes one: by the beginning of its text.
COMMANDS = (
    ("AT+QIRD=", {"reads": Payload(AFTER_LINE, 0, field_count=1)}),
    ("AT+QISENDEX=", {"success": ("SEND OK",)}),
    ("AT+CARECV=", {"reads": Payload(AFTER_COMMA, 0)}),
    ('AT+USOST=3,"151.9.34.66",449,16,', {}),
    ('AT+USOST=3,"151.9.34.66",449,16', {"payload": b"16 bytes of data", "prompt": "@"}),
    ('AT+USOST=0,"195.34.89.241",21 ,2', {"payload": b"12", "prompt": "@"}),
    ("AT+USOWR=0,3", {"payload": b"abc", "prompt": "@"}),
    ("AT+USORF=", {"reads": Payload(IN_QUOTES, 3)}),
    ("AT+USORD=", {"reads": Payload(IN_QUOTES, 1)}),
    ("AT#XRECVFROM=", {"reads": Payload(AFTER_LINE, 2, hex_field=1)}),
    ("AT#XRECV=", {"reads": Payload(AFTER_LINE, 0)}),
    ("AT+CMGS=", {"payload": b"Test SMS", "terminator": b"\x1a"}),
    ("AT+CMGR=", {"reads": Payload(syntax.NEXT_LINE)}),
    # The source noted the line without its prefix.
    ("AT+SQNEDRX?", {"accepts": is_text}),
)

# (transmitted, received payloads) of the answers that carry one.
PAYLOADS = (
    ("AT+QIRD=0,1500", "+QIRD: 5", b"test1"),
    ("AT+CARECV=0,100", "+CARECV: 5", b"15858"),
    ("AT+USORF=0,2", '+USORF: 0,"195.34.89.241",21, 2', b"12"),
    ("AT+USORF=0,1024", '+USORF: 0,"46.101.183.211",2222,13', b"trla baba lan"),
    ("AT+USORF=0,27", '+USORF: 0,"195.34.89.241",13,26', b"16 FEB 2018 00:04:33 CET\r\n"),
    ("AT#XRECV=10", "#XRECV: 7", b"Test OK"),
    ("AT#XRECVFROM=0,0,0,10", '#XRECVFROM: 0,0,7,"192.168.1.100",24210', b"Test OK"),
    ("AT#XRECVFROM=0,1,0,10", '#XRECVFROM: 0,1,7,"192.168.1.100",24210', b"Test ZM"),
    ("AT+CMGR=3", None, b"Test message 2"),
)


def entries():
    with open(VECTORS) as file:
        return json.load(file)


def command_of(entry):
    text = entry["tx"]
    options = {"survives_reset": text == "AT"}
    for start, more in COMMANDS:
        if text.startswith(start):
            options.update(more)
            break
    return Command(text, **options)


def wire(entry):
    """The bytes that came: as recorded where they were, else in V.250 framing."""
    if entry.get("raw") is not None:
        # A vector that quotes one line may leave its end out.
        data = entry["raw"].encode()
        if data[-1:] not in (b"\r", b"\n"):
            data += b"\r\n"
    else:
        data = b""
        previous_is_header = False
        for line in entry["rx"]:
            if line == entry["tx"]:
                data += line.encode() + b"\r"
            elif line in ("> ", "@"):
                data += b"\r\n" + line.encode()
            elif previous_is_header:
                data += line.encode() + b"\r\n"
            elif line:
                data += b"\r\n" + line.encode() + b"\r\n"
            previous_is_header = line[:6] in ("+QIRD:", "#XRECV") or line[:6] == "+CMGR:"
    if entry.get("final_missing_in_source"):
        data += b"\r\nOK\r\n"
    return data


def pieces(data, seed):
    """`data` whole (0), byte by byte (1), or cut at places that the seed decides."""
    if seed == 0:
        return [data]
    result = []
    index = 0
    state = seed
    while index < len(data):
        state = (state * 1103515245 + 12345) % 2147483648
        size = 1 if seed == 1 else 1 + (state // 65536) % 7
        result.append(data[index : index + size])
        index += size
    return result


def replay(entry, seed, data=None):
    channel = Channel(DIALECTS[entry["family"]])
    if entry["tx"] is not None:
        channel.send(command_of(entry), 0)
        assert channel.data_to_send() == entry["tx"].encode() + b"\r"
    found = []
    for piece in pieces(wire(entry) if data is None else data, seed):
        found.extend(channel.receive_data(piece, 10))
    return [_plain(event) for event in found]


def _plain(event):
    """An event with its command by text, so that two replays compare equal."""
    if isinstance(event, events.Answer):
        return (
            "Answer",
            event.command.text,
            event.is_ok,
            event.final,
            event.lines,
            event.payloads,
        )
    return (type(event).__name__,) + tuple(event)


def is_final(line):
    return line in results.SUCCESS or line == "SEND OK" or results.is_error(line)


def expected_answer(entry):
    """The recorded lines up to the final, without echo, framing, prompts and events."""
    lines = []
    for line in entry["rx"]:
        if line in ("", "\n", "> ", "@", entry["tx"]):
            continue
        if is_final(line):
            return lines, line
        lines.append(line)
    return lines, "OK"


def test_events_do_not_depend_on_how_the_bytes_are_cut():
    count = 0
    for entry in entries():
        whole = replay(entry, 0)
        for seed in range(1, 12):
            assert replay(entry, seed) == whole, (entry["tx"], seed)
        count += 1
    assert count == 138


def test_every_recorded_command_is_answered_once_with_its_lines_and_final():
    for entry in entries():
        if entry["tx"] is None:
            continue
        answers = [event for event in replay(entry, 0) if event[0] == "Answer"]
        assert len(answers) == 1, (entry["tx"], replay(entry, 0))
        lines, final = expected_answer(entry)
        _, _, is_ok, ended, got, payloads = answers[0]
        assert ended == final and is_ok == (final in ("OK", "SEND OK")), entry
        if payloads:
            continue  # judged by the table below
        shown = [line for line in lines if line in got]
        events_among = [line for line in lines if line not in got]
        assert got == shown, (entry, got)
        for line in events_among:
            assert line in ("+CEREG: 2", "+CPIN: NOT READY", "+UUSORD: 0,5", "Ready"), (entry, got)


def test_recorded_payloads_are_taken_by_count():
    for transmitted, header, payload in PAYLOADS:
        matching = [
            entry
            for entry in entries()
            if entry["tx"] == transmitted and replay(entry, 0)[-1][5] == [payload]
        ]
        assert matching, (transmitted, payload)
        assert header is None or replay(matching[0], 0)[-1][4] == [header]


def test_recorded_unsolicited_lines_are_events_and_never_answers():
    for entry in entries():
        if entry["tx"] is None:
            for event in replay(entry, 0):
                assert event[0] in ("Urc", "Note"), entry
            known = [event for event in replay(entry, 0) if event[0] == "Urc"]
            if entry["rx"][0][:1] in "+#" and not entry["rx"][0].startswith("+CM"):
                assert known, entry


def test_urc_after_the_final_is_an_event_of_its_own():
    by_command = {entry["tx"]: entry for entry in entries()}
    opened = replay(by_command['AT+QIOPEN=1,0,"TCP","kangaroo.rmq.cloudamqp.com",1883,0,0'], 1)
    assert [event[0] for event in opened] == ["Answer", "Urc"]
    assert opened[1] == ("Urc", "+QIOPEN", "0,0", None)
    radio = replay(by_command["AT+CFUN=1"], 1)
    assert [event[0] for event in radio] == ["Answer", "Urc", "Urc"]
    assert radio[2] == ("Urc", "SMS Ready", "", None)


def test_direct_push_payload_sits_in_its_urc():
    pushed = next(entry for entry in entries() if entry["rx"][0] == '+QIURC: "recv",0,4')
    assert replay(pushed, 1) == [("Urc", "+QIURC", '"recv",0,4', b"test")]
    pushed = next(entry for entry in entries() if entry["rx"][0].startswith("#XRECVFROM: 1,0,16"))
    assert replay(pushed, 1)[0][3] == b"Delayed UDP data"


def test_one_exchange_with_urc_and_answer_of_the_same_prefix():
    for entry in entries():
        if entry["rx"] == ["+CEREG: 2", "+CEREG: 1,2", "OK"]:
            assert replay(entry, 1) == [
                ("Urc", "+CEREG", "2", None),
                ("Answer", "AT+CEREG?", True, "OK", ["+CEREG: 1,2"], []),
            ]
            return
    raise AssertionError("the recorded collision is gone from the vectors")


def test_line_banner_among_a_probe_is_reported_and_the_probe_survives():
    entry = next(entry for entry in entries() if entry["rx"] == ["Ready", "OK"])
    assert [event[0] for event in replay(entry, 1)] == ["Reset", "Answer"]


def test_urc_between_the_lines_of_any_answer_is_reported_once_and_harms_nothing():
    urc = b'\r\n+CMTI: "ME",3\r\n'
    told = ("Urc", "+CMTI", '"ME",3', None)
    tried = 0
    for entry in entries():
        if entry["tx"] is None:
            continue
        data = wire(entry)
        whole = replay(entry, 0)
        if any(event[0] == "Answer" and event[5] for event in whole):
            continue  # a modem does not break into a payload that it counts
        places = [0, len(data)]
        for index in range(1, len(data)):
            # A real modem breaks in between lines, not within one, nor between prompt and answer.
            if data[index - 1 : index] == b"\n" and b"@" not in data and b"> " not in data:
                places.append(index)
        for place in places:
            for seed in (0, 1, 5):
                found = replay(entry, seed, data[:place] + urc + data[place:])
                assert found.count(told) == 1, (entry["tx"], place, found)
                assert [event for event in found if event != told] == whole, (entry["tx"], place)
                tried += 1
    assert tried > 1000, tried
