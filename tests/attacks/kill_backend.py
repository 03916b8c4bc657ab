"""Kills a simulated 1NCE OS in the middle of its work, and looks whether it kept its word.

    python tests/attacks/kill_backend.py --times 20
    python tests/attacks/kill_backend.py --times 5 --reader
    python tests/attacks/kill_backend.py --writer

Each run starts `nce sim up --db` on the same database, sends CoAP messages from its SIMs' twins
as fast as they are answered (one SIM also over DTLS, where python-mbedtls is there), and ends the
process with SIGKILL at a moment that the seed decides. Then Python's own sqlite3 opens the
database: every message that was answered with 2.04 has to be in it, once, and every key that was
told. `--reader` has another program read in one long transaction meanwhile; `--writer` has one
hold the write lock for seconds, and nothing is killed.
"""

import argparse
import base64
import json
import os
import selectors
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from promises import Lost
from sim_line import PlainLine, SecureLine, has_dtls

NCE = Path(sys.executable).with_name("nce")
SERVICES = ("coap.os.1nce.com", "udp.os.1nce.com")
SIMS = 4
WINDOW = 48
START_S = 60
ANSWER_S = 20
# RFC 7252, 3 and 12.1.2.
CON_POST, CON_GET, ACK = b"\x40\x02", b"\x40\x01", 0x60
CHANGED, CONTENT, UNAVAILABLE = 0x44, 0x45, 0xA3
URI_PATH_DATA, URI_PATH_BOOTSTRAP = b"\xb4data", b"\xb9bootstrap"


@dataclass
class Load:
    """What the SIMs sent and heard, over all runs on one database."""

    number: int = 0
    sent: set[bytes] = field(default_factory=set)
    acknowledged: set[bytes] = field(default_factory=set)
    refused: set[bytes] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)
    over_dtls: int = 0  # of those acknowledged


class Simulator:
    """`nce sim up`, its SIMs' lines and what is under way on them."""

    def __init__(self, db, load, seed, *options):
        self.load = load
        self.process = subprocess.Popen(
            [str(NCE), "sim", "up", "--json", "--sims", str(SIMS), "--db", db, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        killer = threading.Timer(START_S, self.process.kill)
        killer.start()
        try:
            line = self.process.stdout.readline()
        finally:
            killer.cancel()
        if not line:
            raise SystemExit(f"nce sim up does not start: {self.process.stderr.read().decode()}")
        # Whoever does not read what it prints would stop it.
        self.complaints = []
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, None), daemon=True),
            threading.Thread(
                target=self._read, args=(self.process.stderr, self.complaints), daemon=True
            ),
        ]
        for reader in self._readers:
            reader.start()
        description = json.loads(line)
        self.api, self.portal = description["api"], description["portal"]
        twins = [
            endpoint["twin"].rpartition(":")
            for endpoint in description["endpoints"]
            if endpoint["service"] in SERVICES
        ]
        self.services = {int(port): (host, int(port)) for host, _, port in twins}
        self.sims = description["sims"]
        self.selector = selectors.DefaultSelector()
        self.lines = []
        # (line, message ID) to the payload that waits for its answer.
        self.waiting = {}
        for sim in self.sims:
            self._add(PlainLine(sim["twin"], self.services[5683]), sim)
        self.mid = Random(seed).randrange(0x10000)

    def _add(self, line, sim):
        self.selector.register(line, selectors.EVENT_READ, sim)
        self.lines.append(line)

    def open_dtls(self):
        """Add a line over DTLS, with the key that its SIM was told."""
        sim = self.sims[0]
        until = time.monotonic() + ANSWER_S
        while sim["iccid"] not in self.load.keys:
            self.hear(0.1)
            if time.monotonic() > until:
                raise SystemExit(f"no key within {ANSWER_S} s")
        key = self.load.keys[sim["iccid"]].encode()
        self._add(SecureLine(sim["twin"], self.services[5684], sim["iccid"], key), sim)

    def _read(self, stream, kept):
        for line in stream:
            if kept is not None:
                kept.append(line.decode())

    def send(self):
        """One more message, on the next line."""
        self.load.number += 1
        self.mid = (self.mid + 1) & 0xFFFF
        line = self.lines[self.load.number % len(self.lines)]
        payload = b"message %d" % self.load.number
        self.load.sent.add(payload)
        self.waiting[line, self.mid] = payload
        mid = self.mid.to_bytes(2, "big")
        line.send(CON_POST + mid + URI_PATH_DATA + b"\xff" + payload)

    def ask_for_keys(self):
        for line in self.lines:
            self.mid = (self.mid + 1) & 0xFFFF
            self.waiting[line, self.mid] = None
            line.send(CON_GET + self.mid.to_bytes(2, "big") + URI_PATH_BOOTSTRAP)

    def hear(self, wait_s):
        """Take the answers that come within a while; how many."""
        heard = 0
        for key, _ in self.selector.select(wait_s):
            for answer in key.fileobj.received():
                heard += 1
                self._take(key.fileobj, key.data, answer)
        return heard

    def _take(self, line, sim, answer):
        mid = int.from_bytes(answer[2:4], "big")
        if answer[0] != ACK or (line, mid) not in self.waiting:
            raise SystemExit(f"{answer.hex()} answers nothing that was asked")
        payload = self.waiting.pop((line, mid))
        code = answer[1]
        if payload is None and code == CONTENT:
            iccid, key, _ = answer[4:].partition(b"\xff")[2].decode().split(",")
            assert iccid == sim["iccid"]
            self.load.keys[iccid] = key
        elif payload is not None and code == CHANGED:
            self.load.acknowledged.add(payload)
            self.load.over_dtls += isinstance(line, SecureLine)
        elif code == UNAVAILABLE:
            self.load.refused.add(payload)
        else:
            raise SystemExit(f"an answer of {answer[:4].hex()} is none that was awaited")

    def work(self, duration_s):
        """Keep `WINDOW` messages under way for a while."""
        until = time.monotonic() + duration_s
        while time.monotonic() < until:
            while len(self.waiting) < WINDOW:
                self.send()
            self.hear(0.05)

    def finish(self, within_s):
        """Hear the answers to what is under way; SystemExit when one does not come."""
        until = time.monotonic() + within_s
        while self.waiting:
            self.hear(0.1)
            if time.monotonic() > until:
                raise SystemExit(f"{len(self.waiting)} messages were never answered")

    def kill(self):
        """SIGKILL, and the answers that had left before."""
        self.process.kill()
        self.process.wait()
        while self.hear(0):
            pass
        self.close()

    def interrupt(self):
        """Ctrl-C, as a user ends it; its exit status."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(timeout=30)
        self.close()
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for reader in self._readers:
            reader.join(timeout=30)
        self.process.stdout.close()
        self.process.stderr.close()
        for line in self.lines:
            line.close()
        self.selector.close()


@contextmanager
def simulator(db, load, seed, *options):
    one = Simulator(db, load, seed, *options)
    try:
        yield one
    finally:
        one.close()


def check(db, load):
    """Compare the database with what was said; Lost when it was said in vain. Returns counts."""
    with closing(sqlite3.connect(db)) as connection:
        [(verdict,)] = connection.execute("PRAGMA integrity_check")
        rows = connection.execute("SELECT payload FROM history").fetchall()
        keys = dict(connection.execute("SELECT iccid, text FROM credential"))
    if verdict != "ok":
        raise Lost(f"the database is damaged: {verdict}")
    stored = Counter(base64.b64decode(payload) for (payload,) in rows)
    lost = load.acknowledged - stored.keys()
    if lost:
        raise Lost(f"{len(lost)} messages were answered with 2.04 and are not stored: {lost}")
    if set(stored) - load.sent or max(stored.values(), default=1) > 1:
        raise Lost("a message is stored twice, or was never sent")
    if load.refused & stored.keys():
        raise Lost(f"{load.refused & stored.keys()} were answered with 5.03 and are stored")
    if any(keys.get(iccid) != key for iccid, key in load.keys.items()):
        raise Lost("a key that was told is not stored")
    return {
        "sent": len(load.sent),
        "acknowledged": len(load.acknowledged),
        "of these over DTLS": load.over_dtls,
        "refused": len(load.refused),
        "stored": len(stored),
        "keys": len(keys),
    }


def kill_once(db, load, random):
    """One run: load, SIGKILL, check; returns the moment of the kill and the counts."""
    moment_s = random.uniform(0.05, 1.0)
    with simulator(db, load, random.random()) as one:
        told = dict(load.keys)
        one.ask_for_keys()
        if has_dtls():
            one.open_dtls()
        one.work(moment_s)
        one.kill()
    # A device asked again within five minutes, so the keys are those from before the kill.
    if any(load.keys[iccid] != key for iccid, key in told.items()):
        raise Lost("a restart changed a key that had been told")
    return moment_s, check(db, load)


@contextmanager
def long_reader(db):
    """Another program that reads in one transaction as long as the block lasts."""
    with closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM history").fetchall()
        yield
        connection.execute("COMMIT")


def kill_many(db, times, seed, has_reader=False, tell=print):
    """Several runs on one database; Lost at the first that lost something."""
    load, random = Load(), Random(seed)
    for run in range(1, times + 1):
        if has_reader and run > 1:
            with long_reader(db):
                moment_s, counts = kill_once(db, load, random)
        else:  # there is nothing to read before the first run
            moment_s, counts = kill_once(db, load, random)
        tell(f"run {run}: killed after {moment_s:.3f} s; " + shown(counts))
    return load


def lock_out(db, seed, hold_s=4.0, tell=print):
    """A run beside a program that holds the write lock: late answers or 5.03, and no loss."""
    load = Load()
    with simulator(db, load, seed) as one:
        one.work(0.5)
        one.finish(10)
        before = len(load.acknowledged)
        with closing(sqlite3.connect(db, isolation_level=None, timeout=10)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            one.work(hold_s)
            during = len(load.acknowledged) - before
            connection.execute("COMMIT")
        one.finish(10)
        refused = len(load.refused)
        one.work(0.5)
        one.finish(10)
        if one.process.poll() is not None:
            raise Lost(f"the simulator ended: {''.join(one.complaints)}")
        status = one.interrupt()
    counts = check(db, load)
    tell(f"the write lock was held for {hold_s:.1f} s; " + shown(counts))
    if during:
        raise Lost(f"{during} messages were answered with 2.04 while nothing could be stored")
    if not refused:
        raise Lost("nothing was refused in a lock of seconds: was there one?")
    if len(load.refused) != refused or len(load.acknowledged) <= before:
        raise Lost("after the lock it did not recover")
    if status:
        raise Lost(f"exit status {status}: {''.join(one.complaints)}")
    return load


def shown(counts):
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=20, help="how many kills (20)")
    parser.add_argument("--seed", type=int, help="decides the moments; printed if not given")
    parser.add_argument("--reader", action="store_true", help="another program reads meanwhile")
    parser.add_argument("--writer", action="store_true", help="another program holds the lock")
    parser.add_argument("--db", help="use this new file and keep it")
    arguments = parser.parse_args()
    seed = arguments.seed
    if seed is None:
        seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        db = arguments.db or str(Path(folder) / "world.db")
        if arguments.writer:
            lock_out(db, seed)
        else:
            kill_many(db, arguments.times, seed, arguments.reader)
    print("nothing that was acknowledged is lost")


if __name__ == "__main__":
    main()
