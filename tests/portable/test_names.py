"""The names at the top of `nce`, on both interpreters."""

import sys

import nce
from nce import Device, Folder, NetworkError, Outbox, Slots, Undelivered
from nce.names import ROOMS, find


def test_names_at_the_top_are_those_of_their_modules():
    from nce.device import Device as the_device
    from nce.folder import Folder as the_folder
    from nce.outbox import Outbox as the_outbox
    from nce.slots import Slots as the_slots

    assert (Device, Folder, Outbox, Slots) == (the_device, the_folder, the_outbox, the_slots)
    assert issubclass(Undelivered, NetworkError)


def test_every_name_that_is_listed_can_be_had():
    for row in ROOMS.split(","):
        room, names = row.split(":")
        for name in names.split(" "):
            assert find(name) is getattr(nce, name)
            assert room


def test_a_module_that_holds_such_names_can_be_imported_from_the_package():
    import nce.refusals as loaded

    del nce.refusals
    del sys.modules["nce.refusals"]
    try:
        from nce import refusals

        assert refusals is not loaded
        assert refusals.Refused.__name__ == "Refused"
    finally:
        nce.refusals = sys.modules["nce.refusals"] = loaded


def test_a_name_that_is_not_there_is_told():
    told = ""
    try:
        from nce import Devise  # noqa: F401
    except (ImportError, AttributeError) as error:  # of CPython, of MicroPython
        told = str(error)
    assert "Devise" in told
