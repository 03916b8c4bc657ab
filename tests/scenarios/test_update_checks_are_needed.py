"""Each check of an update is needed: taken out, a test of updates fails."""

import inspect
import sys
import textwrap

import pytest

import app_folder
import application
from scenarios import test_update_power_cut as cuts
from scenarios import test_update_refused as refused
from support.update_disk import UpdateDisk
from update import Update


def hostile(name):
    return lambda disk: refused.test_a_hostile_table_is_refused_before_anything_of_it_is_written(
        disk, name
    )


def liar(image, result=refused.BROKEN):
    return lambda disk: refused.test_an_image_that_lies_is_refused(disk, image, result)


def code(head, mpy=refused.MPY):
    return lambda disk: refused.test_code_for_another_interpreter_is_refused(disk, head, mpy)


MARKER, PATHS, CHECK = application.Marker, (app_folder, "_check_path"), (app_folder, "check")
CODE = (app_folder, "check_code")
CHOOSE = (application, "choose")
# Where a check is, what it is, what takes its place, and the test that then fails.
CHECKS = {
    "the marker's digest": (
        (MARKER, "_read"),
        "digest()[:8] != digest or ",
        "digest()[:8] is None or ",
        refused.test_each_byte_of_the_marker_counts,
    ),
    "the newer marker": (
        (MARKER, "_read"),
        "[0] > self._number",
        "[0] >= 0",
        refused.test_the_marker_of_a_trial_counts_down,
    ),
    "a whole application": (
        (application, "is_whole"),
        "!= digest",
        "is None",
        refused.test_each_byte_of_an_application_counts_on_trial_and_later,
    ),
    "a whole table": (
        (application, "entries"),
        "whole.digest()[:8] != digest or ",
        "",
        refused.test_each_byte_of_an_application_counts_on_trial_and_later,
    ),
    "a whole fallback": (
        CHOOSE,
        "is_whole(marker.fallback)",
        "True",
        refused.test_a_fallback_that_is_damaged_is_not_run,
    ),
    "a trial is counted": (
        CHOOSE,
        "marker.attempts - 1",
        "marker.attempts",
        refused.test_the_marker_of_a_trial_counts_down,
    ),
    "a trial that cannot be counted": (
        CHOOSE,
        "if not reason:",
        "if False:",
        refused.test_a_marker_that_cannot_be_written_starts_no_trial,
    ),
    "a trial is read after a sleep": (
        CHOOSE,
        " and marker.state != TRIAL",
        "",
        refused.test_after_a_deep_sleep_only_a_trial_is_read_through,
    ),
    "dots": (PATHS, 'part[0] == "."', "False", hostile("up")),
    "characters": (PATHS, "part.strip(ALLOWED)", "False", hostile("backslash")),
    "depth": (PATHS, "len(parts) > MOST_DEPTH", "False", hostile("deep")),
    "the board's own": (PATHS, "in NOT_UPDATED", "in ()", hostile("boot")),
    "long paths": (
        (application, "read_entry"),
        "<= MOST_PATH_BYTES",
        "<= 255",
        hostile("long name"),
    ),
    "order": (CHECK, "parts <= before", "parts == before", hostile("not in order")),
    "file and folder": (
        CHECK,
        "parts[: len(before)] == before",
        "False",
        hostile("file and folder"),
    ),
    "main": (CHECK, "if not has_main", "if False", hostile("no main")),
    "sum": (CHECK, "total != size", "False", liar(refused.image_of([refused.MAIN], b"pas"))),
    "rows": (
        (application, "entries"),
        "if file.read(1):",
        "if False:",
        liar(refused.image_of([refused.MAIN, ("z.py", b"x")], b"pass", count=1)),
    ),
    "table": (
        (Update, "_accept_head"),
        "not 0 < size <= MOST_TABLE_BYTES",
        "False",
        liar(refused.image_of([refused.MAIN], table_bytes=(1 << 32) - 1)),
    ),
    "magic": (
        (application, "read_head"),
        "head[:4] != MAGIC",
        "False",
        liar(refused.image_of([refused.MAIN], magic=b"PK\3\4"), refused.WRONG_TYPE),
    ),
    "a file's digest": (
        (Update, "_take_file"),
        "!= self._digest",
        "is None",
        liar(refused.image_of([refused.MAIN], b"fail")),
    ),
    "the announced digest": (
        (Update, "finish"),
        "made.digest() != self.sha256",
        "False",
        refused.test_another_digest_than_the_announced_one_is_refused,
    ),
    "room for the image": (
        (Update, "begin"),
        "size > free_bytes",
        "False",
        refused.test_no_byte_is_asked_for_when_the_image_has_no_room,
    ),
    "room for the files": (
        CHECK,
        "room > free_bytes",
        "False",
        refused.test_an_image_for_which_there_is_no_room_is_refused_early,
    ),
    "version": (CODE, "head[1] != mpy & 0xFF", "False", code(bytes((0x4D, 5, 0, 31)))),
    "architecture": (CODE, "head[2] != mpy >> 8", "False", code(bytes((0x4D, 6, 0x2C, 31)))),
    "integers": (CODE, "head[3] > bits", "False", code(bytes((0x4D, 6, 0, 64)))),
    "an M": (CODE, "head[0] != 0x4D", "False", code(bytes((0x43, 6, 0, 31)))),
    "MicroPython": (CODE, "if mpy is None", "if False", code(refused.CODE, None)),
    "a trial is let be": (
        (Update, "begin"),
        "self.state == UPDATING",
        "False",
        refused.test_gaps_and_bytes_beyond_the_end_are_refused_and_repeated_ones_are_passed_over,
    ),
    "gaps": (
        (Update, "write"),
        "offset > self.offset",
        "False",
        refused.test_gaps_and_bytes_beyond_the_end_are_refused_and_repeated_ones_are_passed_over,
    ),
    "a part of a chunk": (
        (Update, "write"),
        "self._go_on()  # a part",
        "pass  # a part",
        refused.test_a_full_flash_is_told_and_the_download_goes_on_once_there_is_room,
    ),
}
# In which order things are written: the power cuts need these.
ORDERS = {
    "a file that is not whole": (
        (Update, "_go_on"),
        "== self._digest",
        "is not None",
        "first",
    ),
    "the table goes first": (
        (Update, "_clear"),
        "app_folder.remove(application.table_of(self._name))",
        "pass",
        "second",
    ),
    "the old files go before the new ones are noted": (
        (Update, "begin"),
        "    self._clear()\n    self._save(DOWNLOADING)\n",
        "    self._save(DOWNLOADING)\n    self._clear()\n",
        "third",
    ),
    "the stage before the marker": (
        (Update, "apply"),
        "    self._save(UPDATING)\n",
        "    pass\n",
        "first",
    ),
}


def take_out(monkeypatch, where, check, replacement):
    owner, name = where
    function = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(check) >= 1, source
    module = sys.modules[owner.__module__] if inspect.isclass(owner) else owner
    made = {}
    # Its globals are those of the module, so that a stand-in of the flash is seen.
    exec(compile(source.replace(check, replacement, 1), name, "exec"), module.__dict__, made)
    monkeypatch.setattr(owner, name, made[name])


FAILURES = (AssertionError, pytest.fail.Exception, OSError, ValueError, KeyError, TypeError)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_without_this_check_a_test_fails(name, monkeypatch):
    where, check, replacement, test = CHECKS[name]
    run(test, monkeypatch)
    with monkeypatch.context() as broken:
        take_out(broken, where, check, replacement)
        with pytest.raises(FAILURES):
            run(test, broken)


def run(test, monkeypatch):
    with monkeypatch.context() as patch:
        disk = UpdateDisk().stand_in(patch)
        if "monkeypatch" in inspect.signature(test).parameters:
            test(disk, patch)
        else:
            test(disk)


@pytest.mark.slow
@pytest.mark.parametrize("name", ORDERS)
def test_without_this_order_a_power_cut_does_harm(name, monkeypatch):
    where, check, replacement, case = ORDERS[name]
    take_out(monkeypatch, where, check, replacement)
    with pytest.raises(FAILURES):
        cuts.try_cuts(monkeypatch, case, seeds=4)
