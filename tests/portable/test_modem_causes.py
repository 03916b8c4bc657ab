"""Which refusals are for good: every cause and every step, against the tables of the standards."""

import asyncio

from nce_modem import Modem, errors
from nce_modem.diagnosis import cause_in, explain
from test_modem_session import ANSWERS, QUICK, ScriptedModem, play, raised

REFUSED = '\r\n+CEREG: 3,3,"00B7","00011B07",8,0,%d\r\n\r\nOK\r\n'
NOTHING = "\r\n+%s: 0,0\r\n\r\nOK\r\n"

# EMM causes (TS 24.301, 9.9.3.9 and 5.5.1.2.5) that no other try mends before somebody acted:
# illegal UE, IMEI not accepted, illegal ME, EPS not allowed, EPS and non-EPS not allowed, EPS not
# allowed in this PLMN. The others bar an area, an operator or a moment.
FOR_GOOD = (3, 5, 6, 7, 8, 14)
FOR_NOW = (2, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21, 22, 25, 35, 40, 42)

# TS 27.007, 9.2: (step, CME code, whether it is for good).
CODES = (
    ("sim", 10, True),  # not inserted
    ("sim", 11, True),  # PIN
    ("sim", 12, True),  # PUK
    ("sim", 13, True),  # failure
    ("sim", 15, True),  # wrong
    ("sim", 16, True),  # incorrect password
    ("sim", 4, False),
    ("pdp", 127, True),  # missing or unknown APN
    ("pdp", 129, True),  # user authentication failed
    ("pdp", 133, True),  # service option not subscribed
    ("pdp", 149, True),  # PDP authentication failure
    ("pdp", 177, True),  # operator determined barring
    ("pdp", 3, False),
    ("pdp", 132, False),  # not supported
    ("pdp", 134, False),  # out of order for a while
)

# (step, code or EMM cause, state) -> what the reason and the remedy hold.
WORDS = (
    ("sim", 10, None, "no SIM", "seated"),
    ("sim", 11, None, "PIN", "right card"),
    ("sim", 12, None, "PUK", "right card"),
    ("sim", 13, None, "SIM failed", "contacts"),
    ("sim", 15, None, "rejects this SIM", "operator"),
    ("sim", None, None, "not ready", "power"),
    ("registration", 2, 3, "IMSI", "1NCE portal"),
    ("registration", 3, 3, "illegal UE", "1NCE portal"),
    ("registration", 5, 3, "IMEI", "1NCE portal"),
    ("registration", 6, 3, "illegal ME", "1NCE portal"),
    ("registration", 7, 3, "data", "1NCE portal"),
    ("registration", 8, 3, "any service", "1NCE portal"),
    ("registration", 11, 3, "operator", "COPS=0"),
    ("registration", 12, 3, "area", "COPS=0"),
    ("registration", 13, 3, "roaming", "COPS=0"),
    ("registration", 14, 3, "with this operator", "1NCE portal"),
    ("registration", 15, 3, "no suitable cell", "COPS=0"),
    ("registration", 17, 3, "failure", "wait"),
    ("registration", 19, 3, "data session", "APN"),
    ("registration", 22, 3, "congested", "minutes"),
    ("registration", None, 0, "is not searching", "CFUN"),
    ("registration", None, 2, "no operator", "antenna"),
    ("registration", None, 3, "without giving a cause", "1) the APN is missing"),
    ("registration", None, 4, "out of coverage", "antenna"),
    ("registration", None, 6, "SMS only", "1NCE portal"),
    ("registration", None, 7, "SMS only", "1NCE portal"),
    ("registration", None, 8, "emergency", "1NCE portal"),
    ("registration", None, 1, "no registration in time", "antenna"),
    ("pdp", 30, None, "no network service", "antenna"),
    ("pdp", 127, None, "APN", "iot.1nce.net"),
    ("pdp", 133, None, "subscription", "1NCE portal"),
    ("pdp", 148, None, "without saying why", "1NCE portal"),
    ("pdp", 149, None, "user and password", "iot.1nce.net"),
    ("pdp", 177, None, "barred", "1NCE portal"),
    ("pdp", 179, None, "radio access", "iot.1nce.net"),
    ("pdp", 3, None, "no data session", "1NCE portal"),
    ("apn", None, None, "APN", "restart"),
    ("radio", None, None, "radio", "supply"),
    ("hat", None, None, "failed", "transcript"),
)

# What +CEER says -> the cause in it.
LAST_WORDS = (
    ("+CEER: EMM_CAUSE: 11", 11),
    ("+CEER: EMM cause 15, PLMN not allowed", 15),
    ("+CEER: No report, cause #7", 7),
    ("+CEER: 0,cause:22,1", 22),
    # Sequans, in words; Nordic, by module.
    ("+CEER: lastEmmCause: ESM_FAILURE", 19),
    ("+CEER: lastEmmCause: PLMN_NOT_ALLOWED", 11),
    ("+CEER: lastEmmCause: SOMETHING_NEW", None),
    ("+CEER: lastEsmCause: OPERATOR_DETERMINED_BARRING", None),
    ("+CEER: NO CAUSE RECEIVED", None),
    ('+CEER: "EMM 15"', 15),
    ('+CEER: "ESM 8"', None),
    ('+CEER: "SMS 301"', None),
    ("+CEER: No cause information available", None),
    ("+CEER: 11", None),
    ("cause 11", None),
)


def at_once(attempt, cases):
    """Run `attempt(*case)` of all cases together."""

    async def scene():
        await asyncio.gather(*[attempt(*case) for case in cases])

    asyncio.run(asyncio.wait_for(scene(), 30))


def test_each_cause_is_for_good_or_for_now():
    async def attempt(cause):
        script = ScriptedModem()
        script.answers["AT+CEREG?"] = REFUSED % cause
        for domain in ("CGREG", "CREG"):
            script.answers["AT+%s?" % domain] = NOTHING % domain
        modem = Modem(script, family=QUICK, limits_ms={"registration": 2000})
        error = await raised(errors.AttachError, modem.attach())
        await modem.close()
        assert error.step == "registration", error
        assert error.is_permanent is (cause in FOR_GOOD), error
        # Refused before this attempt began: the network is asked once afresh, as it may have
        # changed its mind; a cause that names the operator clears the card's list, too.
        restarts = 2 if cause in (11, 13, 15) else 1
        # At the end of the time the radio may just have been restarted, and nothing heard yet.
        assert restarts == 2 or "cause %d" % cause in error.evidence, error
        assert script.count("AT+CFUN=4") == script.count("AT+CFUN=1") == restarts, cause
        cleared = script.count('AT+CRSM=214,28539,0,0,12,"FFFFFFFFFFFFFFFFFFFFFFFF"')
        assert cleared == restarts - 1, cause

    at_once(attempt, [(cause,) for cause in FOR_GOOD + FOR_NOW])


def test_each_code_of_a_step_is_for_good_or_for_now():
    async def attempt(step, code, is_for_good):
        script = ScriptedModem()
        asked = "AT+CPIN?" if step == "sim" else "AT+QIACT=1"
        script.answers[asked] = "\r\n+CME ERROR: %d\r\n" % code
        script.answers["AT+QIACT?"] = "\r\nOK\r\n"
        modem = Modem(script, family=QUICK, limits_ms={"sim": 3000, "pdp": 3000})
        error = await raised(errors.AttachError, modem.attach())
        await modem.close()
        assert (error.step, error.is_permanent) == (step, is_for_good), (code, error)
        assert "CME ERROR: %d" % code in error.evidence, error
        assert script.count(asked) == 1, code  # what no retry mends is not tried again

    at_once(attempt, CODES)


def test_codes_that_pass_are_tried_again():
    async def attempt(code):
        answer = "\r\nERROR\r\n" if code is None else "\r\n+CME ERROR: %d\r\n" % code
        script = ScriptedModem()
        script.answers["AT+QIACT?"] = ["\r\nOK\r\n", "\r\nOK\r\n", ANSWERS["AT+QIACT?"]]
        script.answers["AT+QIACT=1"] = [answer, "\r\nOK\r\n"]
        modem = Modem(script, family=QUICK)
        await modem.attach()
        await modem.close()
        assert (script.count("AT+QIACT=1"), script.count("AT+QIDEACT=1")) == (2, 1), code

    # TS 27.007, 9.2; 515 is "busy, initialising" on several modems. None: a bare ERROR.
    at_once(attempt, [(code,) for code in (14, 30, 31, 122, 126, 148, 515, None)])


def test_a_sim_that_wants_a_pin_is_named():
    for state, is_puk in (("SIM PIN", False), ("SIM PUK", True), ("PH-SIM PIN", False)):
        script = ScriptedModem()
        script.answers["AT+CPIN?"] = "\r\n+CPIN: %s\r\n\r\nOK\r\n" % state

        async def scene(modem, script, state=state, is_puk=is_puk):
            error = await raised(errors.AttachError, modem.attach())
            assert error.is_permanent and state in error.evidence, error
            assert ("PUK" in error.reason) is is_puk, error

        play(scene, script)


def test_every_reason_has_its_words():
    for step, code, stat, reason, remedy in WORDS:
        is_cause = step == "registration"
        found = explain(step, None if is_cause else code, stat, code if is_cause else None)
        assert reason in found[0] and remedy in found[1], (step, code, stat, found)


def test_the_cause_in_the_last_words_of_the_network_is_read():
    for line, cause in LAST_WORDS:
        assert cause_in(["+CSQ: 20,99", line]) == cause, line


def test_a_cause_that_only_ceer_tells_is_for_good_as_well():
    script = ScriptedModem()
    for domain in ("CEREG", "CGREG", "CREG"):
        script.answers["AT+%s?" % domain] = "\r\n+%s: 2,3\r\n\r\nOK\r\n" % domain
    script.answers["AT+CEER"] = "\r\n+CEER: EMM cause 8\r\n\r\nOK\r\n"

    async def scene(modem, script):
        error = await raised(errors.AttachError, modem.attach())
        assert error.step == "registration" and error.is_permanent, error
        assert "any service" in error.reason, error
        assert modem.pace.failures == 2  # the attach, and the radio that was restarted

    play(scene, script, limits_ms={"registration": 15_000})
