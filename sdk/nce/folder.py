"""The few file operations that keeping records takes: a test can put a flash in their place.

folder = Folder("/outbox")
folder.append("00000000", b"...")    # on flash when it returns (LittleFS commits on close)
folder.names(), folder.read("00000000"), folder.remove("00000000")
"""

import os


class Folder:
    """Files of one folder, which is made when it is not there."""

    def __init__(self, path):
        self._path = path
        try:
            os.mkdir(path)
        except OSError:
            os.listdir(path)  # it is there already, or this says what is wrong

    def names(self):
        """The names of the files, in order."""
        return sorted(os.listdir(self._path))

    def read(self, name, offset=0, size=-1):
        """The bytes of a file from `offset`, all of them or `size`."""
        with open(self._path + "/" + name, "rb") as file:
            file.seek(offset)
            return file.read(size)

    def append(self, name, data):
        """Add bytes to the end of a file, which is made when it is not there."""
        with open(self._path + "/" + name, "ab") as file:
            file.write(data)

    def remove(self, name):
        """Remove a file."""
        os.remove(self._path + "/" + name)
