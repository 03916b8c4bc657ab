"""A block device in memory whose power goes at a write or an erasure; runs under MicroPython.

    disk = Disk(blocks, cut_at=17, tear=TEARS["half"])
    mounted(vfs.VfsLfs2, disk, work)     # work() with the disk at /flash

`changes` counts writes and erasures. The block of the last one is then as it was before, erased,
or half written; all later ones fail with `error(5)`. After an `OSError` the program may go on with
a file system that was left in the middle, and hang in it: give `PowerCutError` where it would.
"""

import vfs

BLOCK, BLOCKS = 512, 160
ERASED = b"\xff"
TEARS = {
    "before": lambda old, new: old,
    "erased": lambda old, new: ERASED * len(new),
    "half": lambda old, new: new[: len(new) // 2] + ERASED * (len(new) - len(new) // 2),
}


class PowerCutError(Exception):
    """The power went; no handler of the firmware's sees it."""


class Disk:
    def __init__(self, blocks=None, cut_at=None, tear=None, error=OSError):
        self.blocks = list(blocks) if blocks else [ERASED * BLOCK] * BLOCKS
        self.changes = 0
        self.cut_at = cut_at
        self.tear = tear
        self.error = error

    def readblocks(self, number, buffer, offset=0):
        for at in range(0, len(buffer), BLOCK):
            part = buffer[at : at + BLOCK] if len(buffer) > BLOCK else buffer
            buffer[at : at + len(part)] = self.blocks[number][offset : offset + len(part)]
            number += 1

    def writeblocks(self, number, buffer, offset=0):
        for at in range(0, len(buffer), BLOCK):
            part = bytes(buffer[at : at + BLOCK])
            self.change(number, offset, part)
            number += 1

    def change(self, number, offset, new):
        held = self.blocks[number]
        old = held[offset : offset + len(new)]
        is_cut = self.cut_at is not None and self.changes >= self.cut_at
        if is_cut and self.changes > self.cut_at:
            raise self.error(5)
        self.changes += 1
        left = self.tear(old, new) if is_cut else new
        self.blocks[number] = held[:offset] + left + held[offset + len(new) :]
        if is_cut:
            raise self.error(5)

    def ioctl(self, operation, argument):
        if operation == 4:
            return BLOCKS
        if operation == 5:
            return BLOCK
        if operation == 6:
            self.change(argument, 0, ERASED * BLOCK)
            return 0
        return None


def mounted(system, disk, work):
    vfs.mount(system(disk), "/flash")
    try:
        return work()
    finally:
        vfs.umount("/flash")
