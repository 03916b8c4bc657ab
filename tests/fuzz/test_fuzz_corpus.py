"""The kept corpus and a bounded number of its mutations, through every target."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from seeds import seeds
from targets import TARGETS, datagrams_of, dtls_client, joined

CORPUS = Path(__file__).parent / "corpus"
MUTATIONS = 1500
MAX_INPUT = 4096
EDGES = (0x00, 0x01, 0x0D, 0x0E, 0x0F, 0x7F, 0x80, 0xFE, 0xFF)


def corpus(target):
    return [path.read_bytes() for path in sorted((CORPUS / target).iterdir())]


def mutated(data, others, random):
    """One to four changes of any kind, also one with another input of the corpus."""
    data = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(data) + 1)
        how = random.randrange(7)
        if how == 0 and at < len(data):
            data[at] ^= 1 << random.randrange(8)
        elif how == 1 and at < len(data):
            data[at] = random.choice(EDGES)
        elif how == 2:
            del data[at : at + random.randint(1, 8)]
        elif how == 3:
            data[at:at] = random.randbytes(random.randint(1, 8))
        elif how == 4:
            data[at:at] = data[at : at + random.randint(1, 40)]
        elif how == 5 and len(data) - at >= 2:
            data[at : at + 2] = random.randrange(1500).to_bytes(2, "big")
        elif how == 6:
            other = random.choice(others)
            data[at:] = other[random.randrange(len(other) + 1) :]
    return bytes(data[:MAX_INPUT])


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_raises_nothing(name):
    inputs = corpus(name)
    assert inputs
    for data in inputs:
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_mutations_raise_nothing(name):
    inputs = corpus(name)
    random = Random(name)
    for _ in range(MUTATIONS):
        data = mutated(random.choice(inputs), inputs, random)
        try:
            TARGETS[name](data)
        except Exception:
            print(f"{name}: bytes.fromhex({data.hex()!r})")
            raise


def test_the_seeds_are_all_there():
    for target, name, data in seeds():
        assert (CORPUS / target / name).read_bytes() == data


def test_a_recorded_handshake_reaches_its_end():
    """The harness goes as deep as the seeds do: what is beyond the Finished is fuzzed too."""
    from nce.dtls import client

    reached = []
    protect = client.Client.protect

    def noted(self, *arguments):
        reached.append(self.suite.name)
        protect(self, *arguments)

    try:
        client.Client.protect = noted
        for data in corpus("dtls_client"):
            dtls_client(data)
    finally:
        client.Client.protect = protect
    assert len(set(reached)) == 4


def test_datagrams_are_told_apart():
    assert datagrams_of(joined([b"a", b"", b"bc"])) == [b"a", b"", b"bc"]
    assert datagrams_of(b"\xff\xffabc") == [b"abc"]
