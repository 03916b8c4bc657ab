"""The advice after a refused data session: every likely cause, in order, and the right APN."""

from nce_modem import errors
from nce_modem.advice import session_advice
from nce_modem.diagnosis import explain
from nce_modem.errors import AttachError
from nce_modem.log import read_log
from nce_modem.pace import Pace
from test_modem_session import ScriptedModem, play, raised

VOLUME, LIMIT, SIM = "data volume", "monthly limit", "IMEI lock"
OTHER = "may have the other one"
STRANGE = "is none of 1NCE's"
MISSING = "missing or wrong"

# APN, whether the cause names it -> the causes in their order, the APNs to try.
ORDERS = (
    ("iot.1nce.net", False, (VOLUME, LIMIT, OTHER, SIM), "try sensor.net"),
    ("sensor.net", False, (VOLUME, LIMIT, OTHER, SIM), "try iot.1nce.net"),
    ("IOT.1NCE.NET.mnc040.mcc901.gprs", False, (VOLUME, LIMIT, OTHER, SIM), "try sensor.net"),
    ("iot.1nce.net", True, (OTHER, VOLUME, LIMIT, SIM), "try sensor.net"),
    ("internet", False, (STRANGE, VOLUME, LIMIT, SIM), "set iot.1nce.net, or sensor.net"),
    ("", False, (MISSING, VOLUME, LIMIT, SIM), "set iot.1nce.net, or sensor.net"),
)
# One cause on the air for all of them (TS 24.301, 9.9.3.9; TS 27.007, 9.2).
REFUSALS = (
    ("registration", None, 19),
    ("pdp", 133, None),
    ("pdp", 148, None),
    ("pdp", 177, None),
    ("pdp", None, None),
)


def in_order(text, words):
    places = [text.find(word) for word in words]
    return -1 not in places and places == sorted(places)


def test_causes_come_in_the_order_of_likelihood():
    for apn, names_apn, causes, remedy in ORDERS:
        text = session_advice(apn, names_apn)
        assert in_order(text, causes), (apn, text)
        assert remedy in text and text.startswith("most likely first: 1) "), text


def test_one_cause_on_the_air_has_all_of_its_reasons():
    for step, code, cause in REFUSALS:
        _, remedy = explain(step, code, 3, cause, "iot.1nce.net")
        assert in_order(remedy, (VOLUME, LIMIT, OTHER, SIM)), (step, code, remedy)
        assert MISSING not in remedy and STRANGE not in remedy


def refused(apn="iot.1nce.net", **answers):
    """The error of a refused data session."""
    found = []
    script = ScriptedModem()
    script.answers["AT+QIACT?"] = "\r\nOK\r\n"
    script.answers["AT+QIACT=1"] = "\r\n+CME ERROR: 133\r\n"
    script.answers["AT+CGDCONT?"] = '\r\n+CGDCONT: 1,"IP","%s"\r\n\r\nOK\r\n' % apn
    script.answers.update(answers)

    async def scene(modem, script):
        found.append(await raised(AttachError, modem.attach()))
        found.append(modem)

    play(scene, script, apn=apn, limits_ms={"pdp": 2000})
    return found


def test_an_apn_that_was_set_and_read_back_is_not_blamed():
    error, _ = refused()
    assert error.step == "pdp" and in_order(error.remedy, (VOLUME, LIMIT, OTHER)), error.remedy
    error, _ = refused(apn="internet")
    assert in_order(error.remedy, (STRANGE, VOLUME)), error.remedy


def test_a_log_is_judged_by_the_apn_in_it():
    log = 'AT+CGDCONT?\n+CGDCONT: 1,"IP","%s"\nOK\nAT+CEREG?\n+CEREG: 3,3,"1","2",7,0,19\nOK'
    for apn, causes in (
        ("sensor.net", (VOLUME, OTHER)),
        ("web.de", (STRANGE, VOLUME)),
        ("", (MISSING, VOLUME)),
    ):
        report = read_log((log % apn).split("\n"))
        assert in_order(report.remedy, causes), (apn, report.remedy)


def test_a_pace_error_carries_what_it_waits_for():
    async def scene(modem, script):
        await raised(AttachError, modem.attach())
        modem.pace.failures = 7
        error = await raised(AttachError, modem.attach())
        assert (error.step, error.waits_for) == ("pace", "pdp")
        assert "does not include data here" in error.reason, error
        assert "CME ERROR: 133" in error.evidence, error
        assert in_order(error.remedy, (VOLUME, LIMIT, "then try again in")), error
        assert error.retry_after_ms > 0 and not error.is_permanent
        # Over a deep sleep the reason and the remedy are kept.
        saved = modem.save_state()
        modem.pace = Pace()
        modem.restore_state(saved, 1000)
        error = await raised(AttachError, modem.attach())
        assert error.waits_for == "pdp" and VOLUME in error.remedy, error
        assert "does not include data here" in error.reason
        # A success forgets it.
        modem.pace.succeed()
        assert "\n" not in modem.save_state()

    script = ScriptedModem()
    script.answers["AT+QIACT?"] = "\r\nOK\r\n"
    script.answers["AT+QIACT=1"] = "\r\n+CME ERROR: 133\r\n"
    play(scene, script, limits_ms={"pdp": 2000})


def test_a_pace_error_without_a_failure_says_what_is_used_up():
    async def scene(modem, script):
        for _ in range(24):
            modem.pace.count(modem.now_ms())
        modem.pace.succeed()
        error = await raised(errors.AttachError, modem.attach())
        assert (error.step, error.waits_for) == ("pace", "")
        assert "attaches of a day are used up" in error.reason, error

    play(scene)
