"""The examples of sdk/README.md do what the page says of them."""

import pytest

from nce.coap import codes
from nce.device import Undelivered
from truth.pages import ROOT, page_of
from truth.stage import Stage, chains_of

(CHAIN,) = chains_of(page_of(ROOT / "sdk/README.md"))


def play_to(stage, word):
    """Play on, to the first block that has the word, inclusive."""
    left = [block for block in CHAIN if block.line > stage.names.get("line", 0)]
    at = next(number for number, block in enumerate(left) if word in block.text)
    stage.play(left[: at + 1])
    stage.names["line"] = left[at].line


def test_the_page_does_what_it_says(tmp_path, capsys):
    with Stage(tmp_path) as stage:
        names, counters = stage.names, stage.backend.counters

        def sent():
            return len(stage.backend.inspector.history(stage.sim.iccid, page_size=None))

        play_to(stage, "async with Device(")
        play_to(stage, "await authenticate(")
        assert sent() == 2

        play_to(stage, "serving = ")
        play_to(stage, "await upload(")
        assert (tmp_path / "image.bin").read_bytes() == bytes(5000)
        assert names["state"].payload == b"on"
        assert len(names["site"].observers) == 0
        assert "['a=1'] b'1'" in capsys.readouterr().out

        play_to(stage, "await device.flush()")
        assert sent() == 3
        outbox = names["outbox"]
        number = outbox.put(b"bad")
        outbox.refuse(outbox.peek_batch(1), codes.REQUEST_ENTITY_TOO_LARGE)
        play_to(stage, "outbox.refused.clear()")
        assert f"record {number} was refused with {0x8D} b'bad'" in capsys.readouterr().out
        assert outbox.refused.records() == []

        play_to(stage, "dtls.NB_IOT")
        assert names["response"].code == codes.CHANGED

        before = counters.handshakes
        play_to(stage, "Slots(")
        assert counters.handshakes == before + 1
        stage.play([block for block in CHAIN if "Slots(" in block.text])  # after the sleep
        assert counters.handshakes == before + 1
        assert names["response"].code == codes.CHANGED

        play_to(stage, "known = ")
        before = counters.bootstraps
        with pytest.raises(Undelivered):  # the page's key is not the SIM's
            stage.run(names["device"].send({"n": 2, "speed": "1"}))
        assert counters.bootstraps == before
