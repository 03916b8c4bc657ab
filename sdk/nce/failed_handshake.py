"""The changes that a device makes after a failed handshake. Loaded when one failed.

    are_refused, heard = learn(error, heard, dtls_options)  # the credentials; see below

A wrong key is met with silence as a rule (flight 5), or with an alert of RFC 5246, 7.2 or RFC
4279, 2; no common suite with handshake_failure, before there is a proof of a key.

These alerts come in the clear, perhaps from an attacker. `HandshakeRefused` is one that copies
of a flight met again and again; one that was heard once in a handshake, since some servers say no
more, counts when the next handshake hears the same.
"""

if 1 - 1:
    from nce.seams import Any


_HANDSHAKE_FAILURE = 40
# bad_record_mac, handshake_failure, decrypt_error, internal_error, unknown_psk_identity
_OF_KEYS = (20, _HANDSHAKE_FAILURE, 51, 80, 115)


def learn(
    error: "BaseException", heard: "Any", dtls_options: "dict[str, Any]"
) -> "tuple[bool, Any]":
    """(are the credentials refused, what was heard once) of an error, after what was `heard` the
    last time. With no common suite, `dtls_options` offers all of them from now on.
    """
    hint = getattr(error, "hint", None)
    alert = getattr(error, "alert", hint if hint == heard else None)
    flight = getattr(error, "flight", None)
    if alert == _HANDSHAKE_FAILURE and flight != 5 and "suites" not in dtls_options:
        from nce.dtls.suites import ALL

        dtls_options["suites"] = ALL
        return False, hint
    return flight == 5 or alert in _OF_KEYS, hint
