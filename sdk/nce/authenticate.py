"""The Device Authenticator of 1NCE OS: DTLS identity and key for the SIM that asks.

    port = await modem.open_datagram(COAP_HOST, COAP_PORT)
    credentials = await authenticate(port)
    credentials.identity, credentials.host, credentials.port  # the key never shows in a repr

`GET /bootstrap` over plain CoAP; the SIM is known by the address its data session has. The key
stays the same, but a call 5 minutes or more after the last one makes a new key: keep the
credentials, and ask again only when the server refuses them.
"""

from nce.coap.client import CoapClient, CoapTimeout
from nce.coap.codes import CONTENT, GET
from nce.coap.parameters import DEFAULT
from nce.credentials import parse_credentials
from nce.endpoints import COAP_HOST


async def authenticate(port, random_bytes=None, parameters=DEFAULT, now_ms=None, host=COAP_HOST):
    """Ask for the `Credentials` of this SIM over a datagram port to 1NCE OS.

    Raises `BootstrapRefused` (`nce.refusals`), `BootstrapMalformed` (`nce.credentials`),
    `CoapTimeout`, or the port's `OSError`.
    """
    client = CoapClient(port, random_bytes, parameters, now_ms)
    try:
        response = await client.request(GET, "/bootstrap", host=host)
    except CoapTimeout as error:
        from nce.refusals import bootstrap_unanswered

        raise bootstrap_unanswered(error)
    if response.code != CONTENT:
        from nce.refusals import bootstrap_refused

        raise bootstrap_refused(response)
    return parse_credentials(response.payload)
