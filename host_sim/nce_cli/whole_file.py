"""Files that a command writes: the whole of one, or none of it.

write_whole(Path("build/update.image"), data)
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_NEW_FILE = 0o644


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in the place of a file; what is no file, as /dev/stdout, is written as it comes.

    Raises OSError with the path; the former content is there then, and nothing else.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    try:
        target = path.resolve()  # a link goes on to lead there
        descriptor, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            os.chmod(part, target.stat().st_mode if target.exists() else _NEW_FILE)
            os.replace(part, target)
        except BaseException:
            os.unlink(part)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
