"""The names of alerts and the alerts of what does not fit, as literal tables of the RFCs."""

from nce.dtls.advice import broken, describe, refused, timed_out

# RFC 5246, 7.2 and A.3, without what has to do with certificates; RFC 4279, 6; RFC 7507, 5.
ALERTS = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    22: "record_overflow",
    40: "handshake_failure",
    47: "illegal_parameter",
    50: "decode_error",
    51: "decrypt_error",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    115: "unknown_psk_identity",
}

# What does not fit, its values, the alert that tells the server, and words of the message.
UNFIT = (
    (0, (4, 2), 10, "handshake message 4 at step 2"),
    (1, (0x00A9,), 47, "cipher suite 00a9"),
    (2, (24,), 110, "extension 24"),
    (3, (), 40, "CBC without encrypt-then-MAC"),
    (4, (), 47, "changed the session that it resumed"),
    (5, (), 51, "Finished does not match"),
)


def test_every_alert_has_its_name_and_no_other_number_has_one():
    for alert in range(256):
        words = "alert %d, %s" % (alert, ALERTS.get(alert, "unknown alert"))
        text = describe(alert)
        assert text == words or text.startswith(words + "; "), text


def test_what_does_not_fit_is_told_by_the_alert_of_the_rfc():
    for what, values, alert, words in UNFIT:
        error = broken(what, *values)
        assert error.alert == alert, what
        assert words in str(error), error


def test_a_key_is_judged_by_its_length_and_its_characters():
    for key, words in (
        (b"0" * 14, "14 printable"),
        (b"0" * 15, "15 printable"),
        (b"0" * 16, "of 8 bytes"),
        (b"0" * 17, "17 printable"),
        (b"0" * 18, "of 9 bytes"),
        (b"fF" * 8, "of 8 bytes"),
        (b"gG" * 8, "16 printable"),
        (b" ~" * 8, "16 printable"),
        (b"\x1f" + b"0" * 15, "not printable"),
        (b"\x7f" + b"0" * 15, "not printable"),
    ):
        for error in (timed_out(5, 6, 0, key), refused(51, key), refused(20, key)):
            assert words in str(error), (key, error)


def test_records_that_were_dropped_are_told():
    assert "not valid" not in str(timed_out(1, 6, 0, b"key"))
    assert "sent 6 times" in str(timed_out(1, 6, 3, b"key"))
    assert str(timed_out(1, 6, 3, b"key")).endswith(" (3 records that arrived were not valid)")
