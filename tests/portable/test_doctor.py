"""The doctor: what it says of live modems and of logs, and what it keeps to itself."""

from nce_modem.doctor import examine, render
from nce_modem.errors import LineClosed, UsageError
from nce_modem.log import conversation, read_log
from test_modem_session import ScriptedModem, asked, play

# Made up in the shape a terminal shows it, as are the others.
HEALTHY = """
AT+CPIN?
+CPIN: READY
OK
AT+CCID
+CCID: 8988280666000000017
OK
AT+CEREG?
+CEREG: 0,5
OK
AT+QIACT?
+QIACT: 1,1,1,"10.160.0.7"
OK
"""
DENIED = """
[10:00:01] > AT+CPIN?
[10:00:01] < +CPIN: READY
[10:00:01] < OK
[10:00:02] > AT+CEREG?
[10:00:02] < +CEREG: 3,3,"00B7","00011B07",7,0,8
[10:00:02] < OK
[10:00:03] > AT+CGSN
[10:00:03] < 351358810123456
[10:00:03] < OK
"""
# log, step, part of the reason
LOGS = (
    ("AT\nAT\nAT\n", "power", "did not answer"),
    ("AT+CPIN?\n+CME ERROR: 10\n", "sim", "SIM"),
    ("AT+CPIN?\n+CPIN: SIM PUK\nOK\n", "sim", "PUK"),
    ("AT+CPIN?\n+CPIN: SIM PIN\nOK\n", "sim", "a PIN"),
    ("AT+CPIN?\n+CPIN: READY\nOK\nAT+CCID\n+CME ERROR: 13\n", "sim", "SIM failed"),
    # What comes by itself after a refusal takes nothing back.
    ("AT+CPIN?\n+CME ERROR: 10\n+QIND: PB DONE\n", "sim", "no SIM"),
    ("AT+CFUN=1\nERROR\n", "radio", "radio"),
    # The cause of the registration counts before that of +CEER.
    (
        "AT+CEREG?\n+CEREG: 2,3,,,,0,8\nOK\nAT+CEER\n+CEER: EMM cause 15\nOK\n",
        "registration",
        "any service",
    ),
    ("AT+CEREG?\n+CEREG: 0,5\nOK\nat+qiact=1\n+CME ERROR: 133\n", "pdp", "subscription"),
    # No address: all zeros, and what is none.
    ('AT+CEREG?\n+CEREG: 0,5\nOK\nAT+CGPADDR\n+CGPADDR: 1,"0.0.0.0"\nOK\n', "pdp", ""),
    ('AT+CEREG?\n+CEREG: 0,5\nOK\nAT+CGPADDR\n+CGPADDR: 1,"fe80.1"\nOK\n', "pdp", ""),
    # A modem that restarted has lost its address.
    (HEALTHY + "RDY\n", "pdp", ""),
    (DENIED, "registration", "does not allow"),
    ("AT+CPIN?\n+CPIN: READY\nOK\nAT+CEREG?\n+CEREG: 2,2\nOK\n", "registration", "searched"),
    (
        "AT+CEREG?\n+CEREG: 2,3\nOK\nAT+CEER\n+CEER: EMM cause 15\nOK\n",
        "registration",
        "no suitable cell",
    ),
    ("AT+CEREG?\n+CEREG: 0,5\nOK\nAT+QIACT=1\nERROR\n", "pdp", ""),
    ("AT+CEREG?\n+CEREG: 0,5\nOK\nAT+CGACT=1,1\n+CME ERROR: 133\n", "pdp", "subscription"),
    ('AT+CGDCONT=1,"IP","internet"\n+CME ERROR: 3\n', "apn", "APN"),
)


def test_a_log_of_an_attached_modem_is_healthy():
    report = read_log(HEALTHY.split("\n"))
    assert report.is_healthy, report
    assert "ATTACHED" in render(report)
    assert "8988280666000000017" not in render(report)


def test_logs_stop_where_they_stop_for_the_reason_they_hold():
    for log, step, reason in LOGS:
        report = read_log(log.split("\n"))
        assert (report.is_healthy, report.step) == (False, step), (log, report.step)
        assert reason in report.reason, (log, report.reason)
        assert report.remedy
        assert step in render(report)


def test_the_rows_of_a_log_are_the_latest_of_what_it_says():
    log = HEALTHY + (
        "AT+CSQ\n+CSQ: 10,99\nOK\nAT+CSQ\n+CSQ: 20,99\nOK\nRDY\nRDY\nAT+CGDCONT?\n"
        '+CGDCONT: 1,"IP","old.example"\n+CGDCONT: 2,"IP"\nOK\nAT+CGPADDR=1\n'
        "+CGPADDR: 1,10.160.0.9\nOK\n"
    )
    rows = read_log(log.split("\n")).rows
    assert [row for row in rows if row[0] != "restarts"] == [
        ("source", "a recorded conversation"), ("+CSQ", "20,99"), ("SIM", "READY"),
        ("APN", "old.example"), ("registration", "+CEREG 5"), ("address", "10.160.0.9"),
    ], rows  # fmt: skip
    assert dict(rows)["restarts"][:2] == "2;"
    assert not [row for row in read_log(HEALTHY.split("\n")).rows if row[0] == "restarts"]


def test_a_log_ends_its_report_with_64_lines_and_its_evidence_is_masked():
    report = read_log((HEALTHY + "AT\nOK\n" * 40).split("\n"))
    assert len(report.transcript) == 64 and report.transcript[-1] == "< OK"
    report = read_log((DENIED + "< +CEER: card 8988280666000000017\n").split("\n"))
    assert "+CEREG 3 cause 8; +CEER: card 89882" in report.evidence, report.evidence
    assert "8988280666000000017" not in report.evidence


def test_an_echo_alone_is_no_answer():
    lines = ['{"direction": "%s", "hex": "41540d"}' % direction for direction in ("tx", "rx")]
    assert read_log(lines).step == "power"


def test_a_quarter_of_a_log_is_commands_or_results():
    assert read_log(["AT", "one", "two", "three"]).step == "registration"
    for lines in (["AT", "one", "two", "three", "four"], []):
        try:
            read_log(lines)
        except UsageError as error:
            assert "%d of %d lines" % (len(lines[:1]), len(lines)) in str(error), error
        else:
            raise AssertionError(lines)


def test_a_mark_stands_within_the_first_32_characters():
    for length, is_mark in ((31, True), (32, False)):
        found = conversation(["x" * length + "> ATI"])
        assert found == ([(">", "ATI")] if is_mark else [("<", "x" * length + "> ATI")]), found


def test_a_step_that_was_done_after_all_is_no_failure():
    log = "AT+CPIN?\n+CME ERROR: 14\nAT+CPIN?\n+CPIN: READY\nOK\n" + DENIED
    assert read_log(log.split("\n")).step == "registration"


def test_subscriber_and_device_are_masked():
    text = render(read_log(DENIED.split("\n")))
    assert "351358810123456" not in text
    assert "35135" in text


def test_a_recorded_session_reads_like_its_text():
    def pieces(mark, text):
        data = text.encode()
        return [
            '{"at_ms": 0, "direction": "%s", "hex": "%s"}' % (mark, data[at : at + 3].hex())
            for at in range(0, len(data), 3)
        ]

    lines = pieces("tx", "AT+CPIN?\r") + pieces("rx", "\r\n+CPIN: READY\r\n\r\nOK\r\n")
    lines += pieces("tx", "AT+CEREG?\r") + pieces("rx", "\r\n+CEREG: 0,3\r\n\r\nOK\r\n")
    report = read_log(lines + ["{}", "{broken"])
    assert report.step == "registration"
    assert ("SIM", "READY") in report.rows


def test_a_live_modem_is_attached_and_asked_around():
    async def scene(modem, script):
        script.answers["AT+QCSQ"] = '\r\n+QCSQ: "CAT-M1",-52,-81,195,-10\r\n\r\nOK\r\n'
        script.answers["AT+CGSN"] = "\r\n351358810123456\r\n\r\nOK\r\n"
        report = await examine(modem)
        assert report.is_healthy
        assert ("signal", "excellent (RSSI -52 dBm, RSRP -81 dBm, RSRQ -10 dB, SINR 19.0 dB)") in (
            report.rows
        )
        assert ("IMEI", "35135**********") in report.rows

    play(scene)


def test_a_live_modem_without_a_sim_is_told_from_a_silent_one():
    script = ScriptedModem()
    script.answers["AT+CPIN?"] = "\r\n+CME ERROR: 10\r\n"

    async def no_sim(modem, script):
        report = await examine(modem)
        assert report.step == "sim"
        assert "SIM" in report.reason

    play(no_sim, script)
    silent = ScriptedModem()
    silent.answers["AT"] = silent.answers["ATQ0V1"] = silent.answers['"'] = ""

    async def nothing(modem, script):
        report = await examine(modem)
        assert report.step == "power"
        assert "STOPPED AT   power" in render(report)

    play(nothing, silent)


def test_a_port_that_does_not_open_and_one_of_another_device_are_told_apart():
    class Busy(ScriptedModem):
        async def open_uart(self):
            raise LineClosed("the port is busy")

    class Positions(ScriptedModem):
        power_key = None

        def on_command(self, line):
            self.say("$GPGGA,,,,,,0,00,99.99,,,,,,*48\r\n")

    for script, step, remedy in (
        (Busy(), "port", "check supply"),
        (Positions(), "not AT", "other ports"),
    ):

        async def scene(modem, script, step=step, remedy=remedy):
            report = await examine(modem)
            assert (report.is_healthy, report.step) == (False, step), report
            assert remedy in report.remedy, report
            assert "transcript" in render(report) or not report.transcript

        play(scene, script)


def test_a_modem_of_no_known_family_is_told_from_a_silent_one():
    async def stranger(modem, script):
        report = await examine(modem)
        assert report.step == "family"
        assert "Acme" in report.reason and "family=" in report.remedy, report

    said = {"ATI": "\r\nAcme\r\n\r\nOK\r\n"}
    said["AT+CGMM"] = said["AT+CGMR"] = "\r\nX1\r\n\r\nOK\r\n"
    asked(stranger, **said)


def test_what_no_host_says_to_a_modem_is_no_log():
    for line in ("> hello+world", "> xyz1", "> AT!", "> ATW1", "> ab+CPIN?", ">", "< hello: 1"):
        try:
            read_log([line] * 3)
        except UsageError as error:
            assert "hello" not in str(error), error
        else:
            raise AssertionError(line)
    for line in ("> AT", "> ATE0", "> AT+CPIN?", "> at+cpin?", "> AT#XSMVER", "> AT&F", "> ATI",
                 "> ATQ0V1"):  # fmt: skip
        read_log([line] * 3)
