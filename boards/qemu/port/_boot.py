"""Mounts the flash at `/`, before `main`. As on other boards, one without files is formatted."""

import vfs
from qemu import Flash

flash = Flash()
try:
    vfs.mount(vfs.VfsLfs2(flash), "/")
except OSError as error:
    print("the flash is formatted: %s" % error)
    vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), "/")
