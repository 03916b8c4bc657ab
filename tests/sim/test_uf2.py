"""UF2 files, by the words of the format's specification (github.com/microsoft/uf2)."""

import struct

import pytest

from nce_sim.firmware.uf2 import RP2040, read_uf2, uf2_file

ADDRESS = 0x100A0000
IMAGE = bytes(range(256)) + b"end"


def test_a_block_has_the_words_that_the_format_names():
    first, second = (uf2_file(IMAGE, ADDRESS, RP2040)[at : at + 512] for at in (0, 512))
    assert first[:8] == b"UF2\n" + bytes.fromhex("57515d9e")
    assert struct.unpack("<6I", first[8:32]) == (0x2000, ADDRESS, 256, 0, 2, 0xE48BFF56)
    assert first[32:288] == IMAGE[:256]
    assert first[288:508] == bytes(220)
    assert first[508:] == bytes.fromhex("306fb10a")
    assert struct.unpack("<6I", second[8:32])[1:5] == (ADDRESS + 256, 256, 1, 2)
    assert second[32:288] == b"end" + b"\xff" * 253


def test_what_was_written_is_read_again():
    address, image = read_uf2(uf2_file(IMAGE, ADDRESS, RP2040), RP2040)
    assert (address, image) == (ADDRESS, IMAGE + b"\xff" * 253)


@pytest.mark.parametrize("at", [0, 8, 512 + 12, 512 + 20, 28, 508])
def test_a_block_that_is_changed_is_noticed(at):
    data = bytearray(uf2_file(IMAGE, ADDRESS, RP2040))
    data[at] ^= 1
    with pytest.raises(ValueError, match=r"block [01] is"):
        read_uf2(bytes(data), RP2040)


def test_a_piece_is_no_file_and_a_page_has_an_address():
    with pytest.raises(ValueError, match="513 bytes are no blocks"):
        read_uf2(bytes(513), RP2040)
    with pytest.raises(ValueError, match="0x10000001 is not that of a page"):
        uf2_file(IMAGE, 0x10000001, RP2040)
