"""Updates with the power cut at every operation of the flash: the old or the new one runs, whole.

On a disk with a page cache, which loses what was not synced. Each life boots, checks what it runs
byte by byte, and goes on: with the download, with the trial, or with the confirmation.
"""

from random import Random

import pytest

import application
from application import ROOT, A, B
from memory_stores import PowerCutError
from nce_sim.firmware.update_image import pack
from support.update_disk import UpdateDisk, boot, take
from update import DOWNLOADED, IDLE, SUCCESS, Update

FIRST = {"main.py": b"print(1)" * 9, "rounds/coap.py": b"x = 1\n" * 11, "empty/__init__.py": b""}
SECOND = {"main.py": b"print(2)" * 7, "rounds/udp.py": b"y = 22\n" * 13, "data/a.csv": b"1,2\n"}
# Of the size of FIRST, so that what is left of that would pass for a part of it.
THIRD = {path: data.replace(b"1", b"3") for path, data in FIRST.items()}
MOST_LIVES = 4  # until an update is through, once the power stays


def check_runs(disk, chosen, known):
    """Each byte of what runs is that of an image; `known`: name -> files, of the root none."""
    if chosen != ROOT:
        assert disk.files_of(chosen) == known[chosen]
    assert chosen in known


def life(disk, files, old, new, is_good=True):
    """Boot and go on; whether the update is through."""
    chosen = boot()
    check_runs(disk, chosen, {**old, new: files})
    marker = application.Marker()
    if chosen == new:
        if marker.state == application.TRIAL:
            if not is_good:
                return False
            application.confirm()
        assert (Update().state, Update().result) == (IDLE, SUCCESS)
        return True
    if marker.state == application.ROLLED_BACK:
        assert not is_good
        assert Update().state == DOWNLOADED
        return True
    take(pack(files))
    return False


def lives(disk, monkeypatch, rng, cuts, **plan):
    """Live on until the update is through; the number of lives. `cuts`: after how many
    operations of each life the power goes, None when it stays."""
    for number, cut_after in enumerate(cuts):
        disk.cut_at = None if cut_after is None else disk.operations + cut_after
        try:
            if life(disk, **plan):
                return disk, number
        except PowerCutError:
            disk = disk.after_power_loss(rng)
            disk.stand_in(monkeypatch)
    raise AssertionError("the update never came through")


def with_first(monkeypatch):
    """A disk whose application is FIRST, in folder A."""
    disk = UpdateDisk()
    disk.stand_in(monkeypatch)
    lives(disk, monkeypatch, Random(0), [None] * 9, files=FIRST, old={ROOT: {}}, new=A)
    return disk


def case(monkeypatch, name):
    """`(disk, plan)` of an update."""
    if name == "first":
        disk = UpdateDisk()
        disk.stand_in(monkeypatch)
        return disk, {"files": FIRST, "old": {ROOT: {}}, "new": A}
    disk = with_first(monkeypatch)
    plan = {"files": SECOND, "old": {A: FIRST}, "new": B}
    if name == "third":
        lives(disk, monkeypatch, Random(0), [None] * 9, **plan)
        return disk, {"files": THIRD, "old": {B: SECOND}, "new": A}
    return disk, {**plan, "is_good": name != "bad"}


def try_cuts(monkeypatch, name, seeds, stride=1):
    """Cut at each operation of the whole way, in each seed; the number of cuts."""
    count = 0
    for seed in range(seeds):
        cut_at = seed % stride
        while True:
            rng = Random(1000 * seed + cut_at)
            disk, plan = case(monkeypatch, name)
            # The power goes once, wherever that is: lives before it are whole.
            total = disk.operations
            is_cut = False
            for number in range(20):
                disk.cut_at = None if is_cut else total + cut_at
                try:
                    if life(disk, **plan):
                        break
                except PowerCutError:
                    is_cut, at = True, number
                    disk = disk.after_power_loss(rng)
                    disk.stand_in(monkeypatch)
            else:
                raise AssertionError(f"cut {cut_at}: the update never came through")
            if not is_cut:
                break
            assert number - at <= MOST_LIVES + 2 * (name == "bad")
            count += 1
            cut_at += stride
    return count


@pytest.mark.parametrize("name", ["first", "second", "third", "bad"])
def test_a_cut_at_some_operations_leaves_the_old_or_the_new_application(monkeypatch, name):
    assert try_cuts(monkeypatch, name, seeds=1, stride=11) > 5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["first", "second", "third", "bad"])
def test_a_cut_at_every_operation_leaves_the_old_or_the_new_application(monkeypatch, name):
    count = try_cuts(monkeypatch, name, seeds=4)
    print(f"{count} power cuts")
    assert count > 200


@pytest.mark.slow
@pytest.mark.parametrize("name", ["first", "second", "third", "bad"])
def test_cut_upon_cut(monkeypatch, name):
    for seed in range(30):
        rng = Random(seed)
        disk, plan = case(monkeypatch, name)
        cuts = [int(rng.expovariate(0.03)) for _ in range(25)] + [None] * 9
        disk, _ = lives(disk, monkeypatch, rng, cuts, **plan)
        assert boot() == (A if name == "bad" else plan["new"])


def test_a_trial_has_as_many_starts_as_it_was_given(monkeypatch):
    disk, plan = case(monkeypatch, "bad")
    started = []
    for _ in range(6):
        life(disk, **plan)
        started.append(application.chosen)
    assert started == [A, B, B, B, A, A]
    assert Update().reason == application.REASONS[application.NOT_CONFIRMED]
