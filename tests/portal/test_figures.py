"""Numbers, amounts and records of the journal as a page writes them."""

import pytest

from nce_api.models.actions import Action
from nce_sim.portal.pages.controller.told import told_request
from nce_sim.portal.parts.figures import count_text, money_text, signed_text
from nce_sim.portal.parts.told import field_text

APART = "\u202f"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("11900.00", f"11{APART}900.00 EUR"),
        (11.9, "11.90 EUR"),
        ("1234567.5", f"1{APART}234{APART}567.50 EUR"),
        ("free", "free EUR"),
    ],
)
def test_an_amount_has_its_thousands_apart_and_its_cents(amount, text):
    assert money_text(amount, "EUR") == text


def test_a_difference_has_its_sign():
    assert signed_text(1921) == f"+1{APART}921"
    assert signed_text(-2.55, 1) in ("\u22122.5", "\u22122.6")
    assert count_text(-289) == "\u2212289"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("rsrp_dbm", -94, "rsrp -94 dBm"),
        ("needs_ms", 2000, "needs 2000 ms"),
        ("is_on", True, "is on True"),
        ("ms", 3, "ms 3"),
    ],
)
def test_a_field_of_a_record_has_its_unit_behind_the_value(name, value, text):
    assert field_text(name, value) == text


def test_a_request_is_told_in_words():
    data = {"port": 5000, "payload": "hello", "payloadType": "STRING"}
    assert (
        told_request(Action.model_construct(requestData=data)) == "port 5000, data hello as text"
    )


def test_a_payload_is_told_as_it_is_whatever_words_are_in_it():
    data = {"port": 1, "payload": "HEX, as ever", "payloadType": "HEX", "data": "STRING"}
    assert (
        told_request(Action.model_construct(requestData=data))
        == "port 1, data HEX, as ever as hexadecimal, value STRING"
    )
