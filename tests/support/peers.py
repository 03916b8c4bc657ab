"""Other people's programs as servers on loopback.

port = free_port()
with listening(port, program("gnutls-serv"), "--udp", "-p", str(port)) as process: ...
"""

import contextlib
import shutil
import socket
import subprocess
import time

import pytest

START_TIMEOUT_S = 30


def program(name):
    """The path of a program; skips the test where it is not installed, and says the remedy."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        pytest.skip(f"`{name}` is not installed; `make peers` installs it")
    return path


def free_port():
    """A UDP port of 127.0.0.1 that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def is_bound(port):
    """Whether somebody has the UDP port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


@contextlib.contextmanager
def listening(port, *arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
    """Run a program that binds `port`; yields its process once it has."""
    process = subprocess.Popen(arguments, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not is_bound(port):
            assert process.poll() is None, f"{arguments[0]} ended at once"
            assert time.monotonic() < deadline, f"{arguments[0]} is not up after 30 s"
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.communicate()
