"""A file that a command writes is there whole, or as it was."""

import resource
import signal
from pathlib import Path

import pytest

from nce_cli.whole_file import write_whole


@pytest.fixture
def full_disk():
    """No file grows beyond a kilobyte, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, former)


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("former", [None, b"the former image"])
def test_a_full_disk_leaves_what_was_there(tmp_path, former):
    path = tmp_path / "update.image"
    if former is not None:
        path.write_bytes(former)
    with pytest.raises(OSError, match="too large") as refused:
        write_whole(path, bytes(2_000))
    assert refused.value.filename == str(path)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [former] * (former is not None)


def test_a_link_goes_on_to_lead_to_the_file_which_keeps_its_mode(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    real.chmod(0o600)
    link.symlink_to(real)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert real.stat().st_mode & 0o777 == 0o600


def test_a_device_is_written_and_not_replaced():
    full = Path("/dev/full")
    with pytest.raises(OSError, match="No space"):
        write_whole(full, b"a")
    assert full.is_char_device()
