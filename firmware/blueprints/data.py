"""Where a blueprint's data files are: in a folder `data` on the search path.

    with open(data_path("gps_track.csv")) as track:
        ...

Not beside the module: one that is frozen into the firmware has no folder, and its data are on the
flash or in ROMFS.
"""

import os
import sys


def data_path(name: str) -> str:
    """The path of a data file of that name; an OSError names the folders if there is none."""
    for folder in sys.path:
        path = (folder + "/" if folder else "") + "data/" + name
        try:
            os.stat(path)
        except OSError:
            continue
        return path
    raise OSError("no data/%s in any folder of sys.path: %r" % (name, sys.path))
