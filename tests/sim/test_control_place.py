"""Where worlds can be found: a private folder, names, and what dead worlds left."""

import fcntl
import os
import socket
import stat
import threading

import pytest

from nce_sim.control import place
from nce_sim.control.place import ControlError, find, folder, listen, worlds
from support.running_world import private_folder


@pytest.fixture
def home(monkeypatch):
    """The folder of this test's worlds, which is not there yet."""
    with private_folder() as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        yield folder()


def test_a_socket_and_its_folder_are_their_owner_s_alone(home):
    listener, path = listen()
    with listener:
        assert path == home / "world-1.sock"
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_names_count_up_and_can_be_given(home):
    first, one = listen()
    second, two = listen()
    third, mine = listen("mine")
    with first, second, third:
        assert [path.stem for path in (one, two, mine)] == ["world-1", "world-2", "mine"]
        assert worlds() == [mine, one, two]
        assert find("world-2") == two
        with pytest.raises(ControlError, match=r"several worlds .*of mine, world-1, world-2"):
            find()
        with pytest.raises(ControlError, match=r"no world called 'x' .* mine, world-1, world-2"):
            find("x")
        with pytest.raises(ControlError, match="a world called mine is running already"):
            listen("mine")
    assert worlds() == []


@pytest.mark.parametrize("name", ["Mine", "../x", "a b", "-a", "a" * 33, "a.b", "ä"])
def test_a_name_is_a_plain_word(home, name):
    with pytest.raises(ControlError, match="is no name for a world"):
        listen(name)


def test_the_only_world_is_found_and_none_is_told_with_what_to_do(home):
    with pytest.raises(ControlError, match="start one with `nce sim up`"):
        find()
    listener, path = listen()
    with listener:
        assert find() == path
    assert find("/some/where.sock").as_posix() == "/some/where.sock"


def test_what_a_dead_world_left_is_removed_and_its_name_used_again(home):
    listener, path = listen()
    listener.close()
    assert path.exists()
    assert worlds() == []
    assert not path.exists()
    listen()[0].close()
    listener, again = listen()
    with listener:
        assert again == path
        assert find() == path


def test_a_world_too_busy_to_accept_is_alive(home):
    listener, path = listen()
    with listener:
        waiting = []
        try:
            while len(waiting) < 100:
                waiting.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                waiting[-1].setblocking(False)
                waiting[-1].connect(str(path))
        except BlockingIOError:
            pass
        assert len(waiting) < 100
        assert worlds() == [path]
        for one in waiting:
            one.close()


def test_two_that_start_over_a_dead_world_do_not_take_each_other_s_socket(home):
    for _ in range(20):
        listen()[0].close()
        ready = threading.Barrier(4)
        got = []

        def start(ready=ready, got=got):
            ready.wait()
            got.append(listen())

        threads = [threading.Thread(target=start) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({path for _, path in got}) == 4
        assert len(worlds()) == 4
        for listener, _ in got:
            listener.close()
        assert worlds() == []


def test_a_folder_that_others_may_enter_is_refused(home):
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    for use in (listen, worlds):
        with pytest.raises(ControlError, match=r"others may enter .*chmod 700"):
            use()


def test_a_link_in_the_folder_s_place_is_refused(home, tmp_path):
    home.symlink_to(tmp_path, target_is_directory=True)
    for use in (listen, worlds):
        with pytest.raises(ControlError, match="is not a folder of yours"):
            use()


def test_a_folder_of_somebody_else_is_refused(home, monkeypatch):
    home.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    with pytest.raises(ControlError, match="is not a folder of yours"):
        listen()


def test_without_a_runtime_folder_it_is_among_the_temporary_files(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for runtime in ("", str(tmp_path / "none")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        assert folder() == tmp_path / f"nce-{os.geteuid()}"


def test_a_path_too_long_for_a_socket_says_so(monkeypatch, tmp_path):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    with pytest.raises(ControlError, match=r"too long for a Unix socket .*XDG_RUNTIME_DIR"):
        listen()


def test_a_lock_that_is_never_let_go_of_ends_in_an_error(home, monkeypatch):
    monkeypatch.setattr(place, "_LOCK_TRIES", 3)
    home.mkdir(mode=0o700)
    with open(home / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ControlError, match="does not let go"):
            listen()
