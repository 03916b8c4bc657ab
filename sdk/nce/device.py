"""One device: from power-on to proof that its record was taken.

    async with Device(modem, template, topic="gps") as device:
        await device.send({"position.latitude": "56.92137111", ...})

`modem` is a bearer: anything with `attach()` and `open_datagram(host, port)`. Credentials come
from the Device Authenticator (identified by the SIM alone), records go by confirmable CoAP over
DTLS. Records of several tasks go one after the other (NSTART is 1, RFC 7252, 4.7).

`send` returns when 1NCE OS has acknowledged the record, and raises otherwise. It never hangs: a
lost bearer, a silent server or a reset modem is answered by attaching, securing and sending anew,
a bounded number of times. A record whose acknowledgement was lost is therefore delivered at least
once, perhaps twice; `Delivery.attempts` above 1 tells that it may have been.
"""

import asyncio
import os
from collections import namedtuple

from nce.authenticate import authenticate
from nce.coap import codes
from nce.coap.client import CoapClient
from nce.dtls.session import DtlsPort
from nce.endpoints import COAP_HOST, COAP_PORT
from nce.energy_saver import payload_of, topic_query
from nce.errors import NetworkError, PeerError, UsageError

# A record was acknowledged: with which code, after how many attempts.
Delivery = namedtuple("Delivery", ("code", "attempts"))

# What `on_event` is told besides the bearer's own events.
Authenticated = namedtuple("Authenticated", ("host", "port"))
Secured = namedtuple("Secured", ("host", "port"))
Retrying = namedtuple("Retrying", ("attempt", "delay_ms", "error"))

# Pauses before another attempt, in milliseconds: short first, since a reset modem is soon back,
# then long enough that an operator's limit of 24 attaches a day is not burnt in an hour
# (1NCE's advice is to back off for 5 to 20 minutes; a caller's own loop adds that).
RETRY_PAUSES_MS = (1000, 5000, 30000)


class Refused(PeerError):
    """1NCE OS answered, and said no; the message names the code and the usual reason."""

    def __init__(self, code, payload):
        self.code = code
        PeerError.__init__(
            self,
            "the record was refused with %s%s: %s"
            % (
                codes.dotted(code),
                " (%s)" % bytes(payload[:64]) if payload else "",
                _REFUSALS.get(code, "see RFC 7252, 5.9 for the code"),
            ),
        )


class Undelivered(NetworkError):
    """No acknowledgement after the last attempt; `cause` is what the last attempt met."""

    def __init__(self, attempts, cause):
        self.attempts = attempts
        self.cause = cause
        NetworkError.__init__(
            self,
            "no acknowledgement after %d attempts; the last one met %s: %s"
            % (attempts, type(cause).__name__, cause),
        )


# Device Integrator, CoAP: what its answers mean for the sender.
_REFUSALS = {
    codes.BAD_REQUEST: "the topic or the request is malformed; check the topic's characters",
    codes.UNAUTHORIZED: "the SIM is unknown or not active; check its state in the 1NCE portal",
    codes.NOT_FOUND: "nothing is served at that path",
}


class Device:
    """A bearer, its credentials and one secure session at a time.

    template: packs records that are mappings; None when records are bytes.
    topic: the topic of every record that names none of its own.
    credentials: known ones; None to ask the Device Authenticator.
    random_bytes: n -> n unpredictable bytes; os.urandom by default.
    on_event: called with Authenticated, Secured and Retrying, for progress.
    retry_pauses_ms: pauses between attempts; their number bounds the attempts (one more).
    """

    def __init__(
        self,
        bearer,
        template=None,
        topic=None,
        *,
        credentials=None,
        random_bytes=os.urandom,
        on_event=None,
        retry_pauses_ms=RETRY_PAUSES_MS,
        coap_options=None,
        dtls_options=None,
    ):
        topic_query(topic)  # a wrong topic is told here, not after an attach
        self._bearer = bearer
        self._template = template
        self._topic = topic
        self._credentials = credentials
        self._random_bytes = random_bytes
        self._on_event = on_event
        self._retry_pauses_ms = retry_pauses_ms
        self._coap_options = coap_options or {}
        self._dtls_options = dtls_options or {}
        self._one_at_a_time = asyncio.Lock()
        self._port = None
        self._coap = None

    async def __aenter__(self):
        await self._with_retries(self._connect)
        return self

    async def __aexit__(self, kind, error, trace):
        await self.close()

    async def send(self, record, topic=None):
        """Deliver one record; returns a Delivery.

        record: a mapping for the template, or bytes. Raises UsageError and the template's errors
        for a wrong record, Refused when 1NCE OS said no, Undelivered when nobody answered.
        """
        payload = payload_of(self._template, record)
        query = topic_query(self._topic if topic is None else topic)

        async def post():
            await self._connect()
            return await self._coap.request(codes.POST, "/", query=query, payload=payload)

        response, attempts = await self._with_retries(post)
        if response.code != codes.CHANGED:
            raise Refused(response.code, response.payload)
        return Delivery(response.code, attempts)

    async def close(self):
        """End the session and give the bearer's sockets back; the bearer stays as it is."""
        port, self._port, self._coap = self._port, None, None
        if port is not None:
            await port.close()

    async def _connect(self):
        """Attach, authenticate and secure, each only where it is still to be done."""
        if self._coap is not None:
            return
        await self._bearer.attach()
        if self._credentials is None:
            self._credentials = await self._authenticate()
        credentials = self._credentials
        port = await self._bearer.open_datagram(credentials.host, credentials.port)
        secure = DtlsPort(
            port,
            credentials.identity,
            credentials.key,
            random_bytes=self._random_bytes,
            **self._dtls_options,
        )
        try:
            await secure.connect()
        except OSError as error:
            await secure.close()
            if isinstance(error, PeerError):
                # The server refused the handshake: the key it holds may be another one by now.
                self._credentials = None
            raise
        self._port = secure
        self._coap = CoapClient(secure, random_bytes=self._random_bytes, **self._coap_options)
        self._tell(Secured(credentials.host, credentials.port))

    async def _authenticate(self):
        port = await self._bearer.open_datagram(COAP_HOST, COAP_PORT)
        try:
            credentials = await authenticate(
                port, random_bytes=self._random_bytes, **self._coap_options
            )
        finally:
            await port.close()
        self._tell(Authenticated(credentials.host, credentials.port))
        return credentials

    async def _with_retries(self, action):
        """`(await action(), attempts)`, trying again after every error that may pass."""
        async with self._one_at_a_time:
            attempts = 1
            while True:
                try:
                    return await action(), attempts
                except OSError as error:
                    await self.close()
                    if isinstance(error, UsageError) or getattr(error, "is_permanent", False):
                        raise
                    if attempts > len(self._retry_pauses_ms):
                        raise Undelivered(attempts, error)
                    pause_ms = self._retry_pauses_ms[attempts - 1]
                    attempts += 1
                    self._tell(Retrying(attempts, pause_ms, error))
                await asyncio.sleep(pause_ms / 1000)

    def _tell(self, event):
        if self._on_event is not None:
            self._on_event(event)
