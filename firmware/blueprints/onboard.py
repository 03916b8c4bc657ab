"""Blueprint: 1NCE's older onboarding. The SIM gets a certificate and a key for AWS IoT Core.

    place = await onboard.onboard(modem, "certificates")        # once; afterwards from the files
    context.load_cert_chain(place.certificate, place.private_key)
    await modem.open_connection(place.endpoint, 8883, ssl=context)

The network knows the device by its address: the request names nobody. The answer is JSON with the
five fields of 1NCE's own blueprints. The key stays in a file, and in no output.
"""

import json
import os

from blueprints.few_lines import get
from blueprints.start import start
from nce.durable import load, make_folder, write
from nce_modem import Modem

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Board


HOST = "device.connectivity-suite.cloud"
PORT = 80
PATH = "/device-api/onboarding"
FOLDER = "certificates"

CERTIFICATE, PRIVATE_KEY, REST = "certificate.pem", "private_key.pem", "onboarded.json"
FIELDS = ("iccid", "iotCoreEndpointUrl", "amazonRootCaUrl", "certificate", "privateKey")


class Place:
    """Where a device connects, and the paths of what it shows there."""

    def __init__(self, folder: str, iccid: str, endpoint: str, root_ca_url: str) -> None:
        self.certificate = "%s/%s" % (folder, CERTIFICATE)
        self.private_key = "%s/%s" % (folder, PRIVATE_KEY)
        self.iccid = iccid
        self.endpoint = endpoint
        self.root_ca_url = root_ca_url


async def onboard(modem: "Modem", folder: str = FOLDER) -> "Place":
    """The `Place` of this device; the network is asked when `folder` has none.

    Raises OSError when the network does not know the device, or answers something else.
    """
    try:
        return place_of(folder)
    except (OSError, ValueError):
        pass  # not onboarded yet, or the power failed amid the last file
    status, body = await get(modem, HOST, PORT, PATH)
    if status != 200:
        raise OSError("%s answers %d; is the SIM enabled and its data allowed?" % (HOST, status))
    answer = checked(body)
    make_folder(folder)
    write("%s/%s" % (folder, CERTIFICATE), answer["certificate"].encode())
    write("%s/%s" % (folder, PRIVATE_KEY), answer["privateKey"].encode())
    # The last file says that the others are whole.
    rest = {name: answer[name] for name in FIELDS[:3]}
    write("%s/%s" % (folder, REST), json.dumps(rest).encode())
    return place_of(folder)


def place_of(folder: str) -> "Place":
    """What the files of an earlier onboarding say; OSError or ValueError when they do not."""
    rest = json.loads(load("%s/%s" % (folder, REST)))
    try:
        place = Place(folder, *[rest[name] for name in FIELDS[:3]])
    except (KeyError, TypeError):
        raise ValueError("%s/%s is damaged" % (folder, REST))
    for path in (place.certificate, place.private_key):
        os.stat(path)
    return place


def checked(body: bytes) -> "dict[str, str]":
    """The fields of the answer; OSError when one is missing."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    fields = answer if isinstance(answer, dict) else {}
    for name in FIELDS:
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise OSError("%s answers without %s" % (HOST, name))
    return fields


async def run(board: "Board") -> int:
    """Attach and onboard; prints where the device connects. Returns 1 when it is done."""
    modem = Modem(board, on_event=print)
    try:
        await modem.attach()
        place = await onboard(modem)
    finally:
        await modem.close()
    print("onboarded: %s, files in %s" % (place.endpoint, FOLDER))
    return 1


if __name__ == "__main__":
    start(run)
