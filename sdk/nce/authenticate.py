"""The Device Authenticator of 1NCE OS: DTLS identity and key for the SIM that asks.

    port = await modem.open_datagram(COAP_HOST, COAP_PORT)
    credentials = await authenticate(port)
    credentials.identity, credentials.host, credentials.port  # no key shows in a repr

`GET /bootstrap` over plain CoAP; the SIM is known by the address its data session has. The key
stays the same, but a call 5 minutes or more after the last one makes a new key: keep the
credentials, and ask again only when the server refuses them.

Question and answer are in the clear: an attacker that sends datagrams in 1NCE OS's name can answer
first. An answer for another SIM, or one that leads out of 1NCE's domain, is not taken.
"""

from nce.coap.client import CoapClient, CoapTimeout
from nce.coap.codes import CONTENT, GET
from nce.coap.parameters import DEFAULT
from nce.credentials import parse_credentials
from nce.endpoints import DOMAIN

if 1 - 1:
    from nce.coap.parameters import Parameters
    from nce.credentials import Credentials
    from nce.seams import DatagramPort, NowMs, RandomBytes


async def authenticate(
    port: "DatagramPort",
    random_bytes: "RandomBytes | None" = None,
    parameters: "Parameters" = DEFAULT,
    now_ms: "NowMs | None" = None,
    host: "str | None" = None,
    domain: "str | None" = DOMAIN,
    iccid: "str | None" = None,
) -> "Credentials":
    """Ask for the `Credentials` of this SIM over a datagram port to 1NCE OS.

    host: a Uri-Host, for a server that needs one; 1NCE's does not (RFC 7252, 5.10.1).
    domain: where the server has to be that they name; None allows any, and dotted addresses.
    iccid: the SIM's, where it is known: they have to be for it.
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
    credentials = parse_credentials(response.payload)
    own = "." + credentials.host.lower()
    if not credentials.is_for(iccid) or not (domain is None or own.endswith("." + domain.lower())):
        from nce.refusals import bootstrap_mistrusted

        raise bootstrap_mistrusted(credentials, iccid, domain)
    return credentials
