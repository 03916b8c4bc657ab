"""Worlds as programs of their own, met as a user meets them: by command line, pty and socket.

    with open_world("--sims", "2") as world:
        world.description["sims"][0]["twin"]
        world.nce("sim", "status", "--json")

Each has a folder of its own for control sockets, unless it is given one to share.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile

from support.parent_death import end_with_parent

NCE = (sys.executable, "-c", "import sys; from nce_cli import main; sys.exit(main())")
TIMEOUT_S = 60
GET_BOOTSTRAP = b"\x40\x01\x00\x01\xb9bootstrap"  # RFC 7252, 3: CON GET, MID 1, Uri-Path (11)


class RunningWorld:
    def __init__(self, process, description, folder):
        self.process, self.description, self.folder = process, description, folder

    def nce(self, *arguments):
        """What another `nce` does beside this world."""
        return run_nce(self.folder, *arguments)

    def end(self):
        """End it by Ctrl-C; the rest of what it printed."""
        self.process.send_signal(signal.SIGINT)
        output, errors = self.process.communicate(timeout=TIMEOUT_S)
        assert "Traceback" not in errors, errors
        return output


def environment(folder):
    places = dict.fromkeys(("XDG_RUNTIME_DIR", "XDG_STATE_HOME"), str(folder))
    return {**os.environ, **places, "COLUMNS": "200"}


def run_nce(folder, *arguments):
    return subprocess.run(
        [*NCE, *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        env=environment(folder),
    )


@contextlib.contextmanager
def private_folder():
    """A folder for control sockets, its path short enough for one."""
    with tempfile.TemporaryDirectory(prefix="nce") as folder:
        yield folder


@contextlib.contextmanager
def open_world(*options, folder=None, command=("sim", "up")):
    """`nce sim up --json`, or another command that prints its description first."""
    with contextlib.ExitStack() as closing:
        if folder is None:
            folder = closing.enter_context(private_folder())
        process = subprocess.Popen(
            [*NCE, *command, "--json", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(folder),
            preexec_fn=end_with_parent(),  # noqa: PLW1509 it takes no lock
        )
        try:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            yield RunningWorld(process, json.loads(line), folder)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(TIMEOUT_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            process.stdout.close()
            process.stderr.close()


def parts(address):
    """Host and port of `host:port`."""
    host, _, port = address.rpartition(":")
    return host, int(port)


def endpoint_twin(description, port):
    """The twin of 1NCE OS' endpoint at that port."""
    twins = [
        parts(endpoint["twin"])
        for endpoint in description["endpoints"]
        if endpoint["service"] in ("coap.os.1nce.com", "udp.os.1nce.com")
    ]
    return next(twin for twin in twins if twin[1] == port)


def bootstrap(line, coap_twin):
    """ICCID, key and URL that a socket bound to a SIM's twin gets, by literal bytes."""
    line.sendto(GET_BOOTSTRAP, coap_twin)
    answer, sender = line.recvfrom(2048)
    assert sender == coap_twin
    assert answer[:4] == b"\x60\x45\x00\x01", answer  # ACK 2.05, MID 1
    return answer.partition(b"\xff")[2].split(b",")


def socket_at(host, port=0):
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.settimeout(10)
    line.bind((host, port))
    return line
