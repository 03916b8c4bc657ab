"""File systems as `nce board` makes them, mounted by real MicroPython, and every file read.

LittleFS by the unix port's `VfsLfs2`, ROMFS by its `VfsRom`. The emulated board boots both
elsewhere.
"""

import pytest

from nce_sim.firmware import littlefs
from nce_sim.firmware.littlefs import DoesNotFit, ImageFailed, littlefs_image
from nce_sim.firmware.romfs import romfs_image
from support.read_images import hashes, read_by_micropython

BLOCK = 4096


@pytest.fixture
def folder(tmp_path):
    """Files of sizes about those at which a file system changes its ways."""
    tree = tmp_path / "tree"
    for number, size in enumerate(
        (0, 1, 127, 128, 129, 255, 1022, 1023, 4095, 4096, 4097, 50_000)
    ):
        path = tree / ("deep/er" if number % 3 else "") / f"of_{size}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(at * 7 % 251 for at in range(size)))
    return tree


def test_micropython_reads_every_file_of_a_littlefs_image(folder, tmp_path):
    pytest.importorskip("littlefs")
    made = littlefs_image(folder, block_bytes=BLOCK, total_bytes=64 * BLOCK)
    assert len(made.image) == 64 * BLOCK
    assert read_by_micropython("lfs", made.image, tmp_path) == hashes(folder)
    sizes = sum(path.stat().st_size for path in folder.rglob("*.bin"))
    assert sizes < made.used_bytes < len(made.image)


def test_micropython_reads_every_file_of_a_romfs_image(folder, tmp_path):
    assert read_by_micropython("rom", romfs_image(folder), tmp_path) == hashes(folder)


def test_what_does_not_fit_is_refused_by_the_bytes_that_are_missing(folder):
    pytest.importorskip("littlefs")
    used = littlefs_image(folder, block_bytes=BLOCK, total_bytes=64 * BLOCK).used_bytes
    most = used - 2 * BLOCK
    with pytest.raises(DoesNotFit, match=f"takes {used} bytes of {most}: 8192 bytes are missing"):
        littlefs_image(folder, block_bytes=BLOCK, total_bytes=most)
    with pytest.raises(DoesNotFit) as caught:
        littlefs_image(folder, block_bytes=BLOCK, total_bytes=used, kept_free=3 * BLOCK)
    assert caught.value.missing_bytes == 3 * BLOCK
    littlefs_image(folder, block_bytes=BLOCK, total_bytes=used + 3 * BLOCK, kept_free=3 * BLOCK)


def test_an_image_that_reads_otherwise_is_not_given_out(folder, monkeypatch):
    pytest.importorskip("littlefs")
    written = littlefs._write

    def torn(*arguments):
        image, used = written(*arguments)
        content = (folder / "deep/er/of_4095.bin").read_bytes()
        at = image.index(content) + 1_000
        return image[:at] + bytes((image[at] ^ 1,)) + image[at + 1 :], used

    monkeypatch.setattr(littlefs, "_write", torn)
    with pytest.raises(ImageFailed, match=r"of_4095\.bin reads otherwise"):
        littlefs_image(folder, block_bytes=BLOCK, total_bytes=64 * BLOCK)
