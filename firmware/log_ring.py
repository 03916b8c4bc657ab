"""A log on flash of bounded size: two files of lines, the older one goes when the newer is full.

    log = LogRing(Folder("log"), 8192)
    log.add("no coverage")
    for line in log.lines(): ...

A file begins with `#` and its number. Both are only added to and removed, so that a power cut at
any instant costs the line that was being written, at most: its rest is ended at the next start,
and a file without a whole first line is removed.
"""

if 1 - 1:  # for type checkers alone
    from nce.seams import FolderLike

MOST_OF_A_LINE = 240  # characters
NAMES = ("0", "1")


class LogRing:
    """Lines in two files of `folder`, `max_bytes` together."""

    def __init__(self, folder: "FolderLike", max_bytes: int) -> None:
        self._folder = folder
        self._most = max_bytes // 2  # of one file
        self._name = NAMES[0]  # of the newer file
        self._number = -1  # what it begins with
        self._size = self._most  # what is written; a full one makes a new file
        self._is_torn = False  # its end is no whole line, or may be none
        for name in folder.names():
            number, size, is_torn = self._look(name)
            if number > self._number:
                self._name, self._number = name, number
                self._size, self._is_torn = size, is_torn

    def add(self, text: str) -> None:
        """Add a line; printable ASCII, the rest as `?`. `OSError` when the flash takes none."""
        line = printable(text, MOST_OF_A_LINE) + "\n"
        if self._is_torn:
            line = self._mended() + line
        if self._size + len(line) > self._most:
            self._turn()
            line = line.lstrip("\n")
        if not self._size:
            line = "#%d\n%s" % (self._number, line)
        self._is_torn = True  # until it is known that it is not
        self._folder.append(self._name, line.encode())
        self._size += len(line)
        self._is_torn = False

    def lines(self) -> "list[str]":
        """What is kept, the oldest first, without the lines of numbers."""
        found: "list[str]" = []
        for number, name in sorted([(self._look(name)[0], name) for name in NAMES]):
            if number >= 0:
                data = self._folder.read(name)
                text = "".join([chr(byte) for byte in data])
                found += [line for line in text.split("\n")[1:] if line]
        return found

    def _mended(self) -> str:
        """What is to be written before the next line, after one that failed."""
        number, self._size, is_torn = self._look(self._name)
        if self._size and number != self._number:  # not even the first line is whole
            self._folder.remove(self._name)
            self._size = 0
        return "\n" if self._size and is_torn else ""

    def _turn(self) -> None:
        """Begin a new file in place of the older one."""
        name = NAMES[1 - NAMES.index(self._name)]
        if name in self._folder.names():
            self._folder.remove(name)
        self._name = name
        self._number += 1
        self._size = 0

    def _look(self, name: str) -> "tuple[int, int, bool]":
        """`(number, size, is_torn)` of a file; the number is -1 without a whole first line."""
        if name not in NAMES or name not in self._folder.names():
            return -1, 0, False
        data = self._folder.read(name)
        head = data.split(b"\n", 1)
        is_torn = data[-1:] != b"\n"
        if len(head) < 2 or head[0][:1] != b"#" or not head[0][1:].isdigit():
            return -1, len(data), is_torn
        return int(head[0][1:]), len(data), is_torn


def printable(text: str, most: int) -> str:
    """At most `most` characters of a text, each printable ASCII: one line, whatever came in."""
    text = text[:most]
    for character in text:
        if not " " <= character <= "~":
            break
    else:
        return text
    return "".join([character if " " <= character <= "~" else "?" for character in text])
