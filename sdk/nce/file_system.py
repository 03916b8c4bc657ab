"""The file system under a path, where the port tells: LittleFS survives power loss, FAT may not.

    print(warning("/outbox"))   # None, or what may happen there and what to choose

LittleFS changes a block by writing another, and its names with one write. FAT writes its table and
its folders in place: should the power go while such a sector is written, and leave it erased, the
files beside the one that was written are lost, too.
"""

from nce.const import const

try:
    from vfs import mount
except ImportError:  # CPython
    mount = None

_FAT = const("VfsFat")


def type_of(path: str) -> "str | None":
    """The type of the file system at an absolute path, such as "VfsLfs2"; None when unknown."""
    if mount is None:
        return None
    try:
        mounted = mount()
    except TypeError:  # a port that does not list
        return None
    found = None
    longest = -1
    for system, point in mounted:
        is_below = point == "/" or (path + "/").startswith(point + "/")
        if is_below and len(point) > longest:
            found, longest = type(system).__name__, len(point)
    return found


def warning(path: str) -> "str | None":
    """What power loss may do to the files of a path, and the remedy; None when none is known."""
    if type_of(path) != _FAT:
        return None
    return (
        "%s is on FAT: power loss during a write may destroy other files too, "
        "unless the medium writes whole sectors or none. Format the flash as LittleFS "
        "(vfs.VfsLfs2), or keep important files elsewhere" % path
    )
