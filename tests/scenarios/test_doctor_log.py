"""`nce doctor --log` reads AT logs and nothing else; `nce modem log` gives nobody away."""

import json
import os

import pytest
import typer
from typer.testing import CliRunner

import nce_cli.doctor
import nce_cli.modem_log
from nce_cli.masked_session import masked
from nce_sim.record.replay import Entry, read_session

PASSWD = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
TERMINAL = "AT+CPIN?\r\n+CPIN: READY\r\nOK\r\nAT+CEREG?\r\n+CEREG: 2,2\r\nOK\r\n"
PROSE = "# At home\n\nATTENTION: at the end +all is well.\n> AT last he said OK?\n" * 9
ICCID = "8988280666000000017"
PIECES = (
    ("tx", "AT+QCC"),
    ("tx", "ID\r"),
    ("rx", "AT+QCCID\r\r\n+QCCID: 898828"),
    ("rx", "0666000000017\r\n\r\nO"),
    ("rx", "K\r\n"),
    ("tx", 'AT+CPIN="1234"\r'),
    ("rx", 'AT+CPN="1234"\r\r\n+CME ERROR: 3\r\n'),
    ("rx", '\r\n+CMT: "+4915112345678",,"26/01/01,00:00:00+00"\r\nthe code is 4711\r\n'),
    ("tx", "AT\r"),
    ("rx", "\r\nOK\r\n"),
)


@pytest.fixture
def diagnose():
    app = typer.Typer()
    app.command()(nce_cli.doctor.doctor)
    return lambda path: CliRunner().invoke(app, ["--log", str(path)])


@pytest.mark.parametrize(
    "content",
    [
        PASSWD.encode(),
        b"",
        b"\n\n",
        PROSE.encode(),
        b'{"name": "package", "direction": "tx"}\n',
        bytes(range(256)) * 1000,
        b"\x7fELF" + bytes(5000),
        b"x" * 1_000_000,
        b"root:secret\n" * 50 + b"AT\nOK\n",
    ],
)
def test_what_is_no_log_is_refused_and_not_shown(diagnose, tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    result = diagnose(path)
    assert result.exit_code == 2, result.output
    assert "not an AT log" in result.output
    assert "root:" not in result.output
    assert "STOPPED" not in result.output


def test_what_is_no_file_is_refused(diagnose, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, tmp_path / "missing", pipe, "/dev/zero"):
        result = diagnose(path)
        assert result.exit_code == 2, (path, result.output)
        assert result.exception is None or isinstance(result.exception, SystemExit)


def test_a_log_is_read_within_a_bound(diagnose, tmp_path, monkeypatch):
    monkeypatch.setattr(nce_cli.doctor, "MOST_LOG_BYTES", 1000)
    path = tmp_path / "log"
    path.write_text(TERMINAL)
    assert diagnose(path).exit_code == 1
    path.write_text(TERMINAL * 20)
    result = diagnose(path)
    assert result.exit_code == 2
    assert "1000 bytes" in result.output


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_a_terminals_log_is_read_whatever_wrote_it(diagnose, tmp_path, encoding):
    path = tmp_path / "log"
    path.write_bytes(("\0\0" + TERMINAL).encode(encoding))
    result = diagnose(path)
    assert result.exit_code == 1, result.output
    assert "registration" in result.output


def test_a_recorded_session_loses_its_secrets_and_not_one_byte():
    entries = [Entry(number, mark, text.encode()) for number, (mark, text) in enumerate(PIECES)]
    shown = masked(entries)
    assert [(one.at_ms, one.direction, len(one.data)) for one in shown] == [
        (one.at_ms, one.direction, len(one.data)) for one in entries
    ]
    text = b"".join(one.data for one in shown).decode()
    for secret in (ICCID, "1234", "4711", "15112345678", "code"):
        assert secret not in text, text
    assert "+QCCID: 89882**************\r\n\r\nOK\r\n" in text
    assert "+CME ERROR: 3" in text
    assert masked(shown) == shown


@pytest.mark.parametrize("is_unmasked", [False, True])
def test_the_file_of_modem_log_is_masked_unless_it_is_asked_for(
    tmp_path, monkeypatch, is_unmasked
):
    async def record(board, stop, apn, family, minutes):
        board._start_s = 0.0
        for mark, text in PIECES:
            board.note(mark, text.encode())
        return 0

    monkeypatch.setattr(nce_cli.modem_log, "record", record)
    path = tmp_path / "session.jsonl"
    options = ["log", "--port", "/dev/null", "-o", str(path)]
    result = CliRunner().invoke(nce_cli.modem_log.app, options + ["--unmasked"] * is_unmasked)
    assert result.exit_code == 0, result.output
    entries = read_session(path.read_text())
    text = b"".join(entry.data for entry in entries if entry.direction == "rx").decode()
    assert (ICCID in text) == is_unmasked
    assert len(json.loads(path.read_text().splitlines()[0])["hex"]) == 12


def test_what_was_said_is_in_the_file_before_the_session_ends(tmp_path):
    path = tmp_path / "session.jsonl"
    with path.open("w", encoding="utf-8") as file:
        session = nce_cli.modem_log.SessionFile(file, is_masked=True)
        seen = []
        for number, (mark, text) in enumerate(PIECES):
            session.keep(Entry(number, mark, text.encode()))
            # As another program sees it, which is what kill -9 leaves.
            seen.append(read_session(path.read_text()))
        whole = masked(seen_entries())
        assert seen[-1] == whole[: len(seen[-1])]
        # Held is only what may still become a part of a secret.
        assert [len(one) for one in seen] == [0, 2, 2, 3, 5, 6, 7, 8, 9, 10]
        session.close()
    assert read_session(path.read_text()) == whole
    assert session.pieces == len(PIECES)


def seen_entries():
    return [Entry(number, mark, text.encode()) for number, (mark, text) in enumerate(PIECES)]


# Direction and bytes; what must not be in the file, however it was cut.
CUT = (
    # A body that ends after the host has begun to speak again.
    (("rx", "+CMT: ,20\r\nthe code"), ("tx", "AT\r"), ("rx", " is 4711\r\nOK\r\n")),
    (("rx", "+CMT: ,20\r\nthe code is 4711"), ("tx", "AT\r"), ("rx", "\r\nOK\r\n")),
    # A command in pieces, with a message in between.
    (("tx", "AT+C"), ("rx", "+CMT: ,20\r\nthe code is 4711\r\n"), ("tx", "SQ\r")),
    (("tx", 'AT+CPIN="47'), ("tx", '11"\r'), ("rx", 'AT+CPN="4711"\r\r\nOK\r\n')),
    # A prompt that no line end follows, and a payload without one.
    (("tx", "AT+CMGS=20\r"), ("rx", "\r\n> "), ("tx", "0011223344556677889900112233\x1a"),
     ("rx", "\r\n+CMGS: 1\r\n\r\nOK\r\n"), ("tx", "AT\r"), ("rx", "\r\nOK\r\n")),
)  # fmt: skip


@pytest.mark.parametrize("pieces", CUT)
def test_a_secret_is_masked_wherever_it_is_cut(pieces):
    entries = [Entry(number, mark, text.encode()) for number, (mark, text) in enumerate(pieces)]
    shown = masked(entries)
    assert [(one.at_ms, one.direction, len(one.data)) for one in shown] == [
        (one.at_ms, one.direction, len(one.data)) for one in entries
    ]
    text = b"".join(one.data for one in shown).decode()
    for secret in ("4711", "code", "334455"):
        assert secret not in text, text
    assert masked(shown) == shown


def test_a_file_that_cannot_be_written_is_told_before_the_session(tmp_path, monkeypatch):
    async def record(*arguments):
        raise AssertionError("the session would be lost")

    monkeypatch.setattr(nce_cli.modem_log, "record", record)
    path = tmp_path / "missing" / "session.jsonl"
    result = CliRunner().invoke(
        nce_cli.modem_log.app, ["log", "--port", "/dev/null", "-o", str(path)]
    )
    assert result.exit_code == 2, result.output
    # The box around it breaks lines where the path is long.
    assert "is not a folder" in " ".join(result.output.replace("│", " ").split())
