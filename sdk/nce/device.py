"""One device: from power-on to proof that its record was taken.

    async with Device(modem, template, topic="gps") as device:
        delivery = await device.send({"position.latitude": "56.92137111", ...})

`modem` is a bearer: anything with `attach()` and `open_datagram(host, port)`; one that has an
`iccid` is given no other SIM's credentials. Credentials come
from the Device Authenticator (identified by the SIM alone), records go by confirmable CoAP over
DTLS; by choice by plain CoAP or UDP, which the SIM's private network alone protects. Records of
several tasks go one after the other (NSTART is 1, RFC 7252, 4.7).

`send` returns when 1NCE OS has acknowledged the record, and raises otherwise. It never hangs: a
lost bearer, a silent server or a reset modem is answered by attaching, securing and sending again,
a bounded number of times. A record whose acknowledgement was lost is therefore delivered at least
once, perhaps twice; `Delivery.attempts` above 1 tells that it may have been.

With an outbox records wait on flash until they are delivered, also through a reboot:

    async with Device(modem, template, topic="gps", outbox=Outbox(Folder("/outbox"))) as device:
        device.store({...}, priority=1)
        await device.flush()

With `credentials_store` and `session_store` (`nce.slots.Slots`, or anything with `load()` and
`save(data)`) a reboot costs neither a bootstrap nor a whole handshake.
"""

import asyncio
import os
from collections import namedtuple

from nce.clock import now_ms
from nce.coap.client import CoapClient
from nce.dtls.session import DtlsPort
from nce.endpoints import COAP_HOST, COAP_PORT, DOMAIN
from nce.energy_saver import COAP_PAYLOAD_LIMIT, payload_of, topic_query
from nce.errors import NetworkError, UsageError

if 1 - 1:
    from nce.credentials import Credentials
    from nce.forward import Forwarder
    from nce.outbox import Outbox
    from nce.plain import Plain
    from nce.seams import (
        Any,
        Awaitable,
        Bearer,
        Buffer,
        Callable,
        Mapping,
        NamedTuple,
        RandomBytes,
        Sequence,
        Store,
        Tell,
        Template,
    )

    # A record's fate: the answer's code (None without one), after how many attempts, and what
    # proves it. ACKNOWLEDGED: 1NCE OS has it. UNPROVEN: it was handed to the bearer and may be
    # lost from there on unnoticed; non-confirmable CoAP gives no more, nor does UDP ever.
    class Delivery(NamedTuple):
        code: "int | None"
        attempts: int
        proof: str

    # Events that `on_event` gets besides the bearer's own events.
    class Authenticated(NamedTuple):
        host: str
        port: int

    class Secured(NamedTuple):
        host: str
        port: int

    class Retrying(NamedTuple):
        attempt: int
        delay_ms: int
        error: "OSError"

else:
    Delivery = namedtuple("Delivery", ("code", "attempts", "proof"))  # type: ignore[no-redef]
    Authenticated = namedtuple("Authenticated", ("host", "port"))  # type: ignore[no-redef]
    Secured = namedtuple("Secured", ("host", "port"))  # type: ignore[no-redef]
    Retrying = namedtuple("Retrying", ("attempt", "delay_ms", "error"))  # type: ignore[no-redef]

ACKNOWLEDGED = "acknowledged"
UNPROVEN = "unproven"

# Pauses before another attempt, in milliseconds: short first, since a reset modem is soon back,
# then long enough that an operator's limit of 24 attaches a day is not burnt in an hour
# (1NCE's advice is to back off for 5 to 20 minutes; a caller's own loop adds that).
RETRY_PAUSES_MS = (1000, 5000, 30000)

# Asked again sooner, the Device Authenticator gives the same key; later, it makes a new one.
REFETCH_AFTER_MS = 300000


class Undelivered(NetworkError):
    """No acknowledgement after the last attempt; `cause` is what the last attempt met."""

    def __init__(self, attempts: int, cause: "OSError") -> None:
        super().__init__(
            "no acknowledgement after %d attempts; the last one met %s: %s"
            % (attempts, type(cause).__name__, cause)
        )
        self.attempts = attempts
        self.cause = cause


class Device:
    """A bearer, its credentials and one secure session at a time.

    template: packs records that are mappings; None when records are bytes.
    topic: the topic of every record that names none of its own; records by UDP have none.
    transport: "coaps", "coap" or "udp".
    outbox: an `nce.outbox.Outbox`, for `store` and `flush`.
    join: makes one payload of a list of the outbox's records (bytes), such as `b"".join`, that
        share a datagram where they fit; without it each goes alone.
    credentials: known ones, which nothing replaces: when the server refuses them, only you can
        replace them. None for those of the store, or of the Device Authenticator.
    credentials_store, session_store: keep over a reboot what was fetched, and the session; both
        hold secrets.
    domain: where the server has to be that fetched credentials name, since they come in the
        clear; None allows any.
    random_bytes: n -> n unpredictable bytes; os.urandom by default.
    on_event: called with Authenticated, Secured and Retrying, for progress; and with StoreFailed
        (`nce.watched`) and RecordRefused (`nce.forward`).
    retry_pauses_ms: pauses between attempts; their number bounds the attempts (one more).
    coap_options, dtls_options: keywords for CoapClient and DtlsPort.
    """

    def __init__(
        self,
        bearer: "Bearer",
        template: "Template | None" = None,
        topic: "str | None" = None,
        *,
        transport: str = "coaps",
        outbox: "Outbox | None" = None,
        join: "Callable[[list[bytes]], bytes] | None" = None,
        credentials: "Credentials | None" = None,
        domain: "str | None" = DOMAIN,
        credentials_store: "Store | None" = None,
        session_store: "Store | None" = None,
        random_bytes: "RandomBytes | None" = None,
        on_event: "Tell | None" = None,
        retry_pauses_ms: "Sequence[int]" = RETRY_PAUSES_MS,
        coap_options: "Mapping[str, Any] | None" = None,
        dtls_options: "Mapping[str, Any] | None" = None,
    ) -> None:
        self._plain: "Plain | None" = None
        self._limit = COAP_PAYLOAD_LIMIT
        self._query_of: "Callable[[str | None], tuple[str, ...]]" = topic_query
        if transport != "coaps":
            from nce.plain import Plain

            self._plain = Plain(transport)
            self._limit = self._plain.limit
            self._query_of = self._plain.query_of
        self._query_of(topic)  # a wrong topic is told here, not after an attach
        self._bearer = bearer
        self._template = template
        self._topic = topic
        self._forwarder: "Forwarder | None" = None
        if outbox is not None:
            from nce.forward import Forwarder

            self._forwarder = Forwarder(outbox, join, self._limit, self._tell)
        self._credentials: "Any" = credentials
        self._is_pinned = credentials is not None
        self._domain = domain
        if credentials_store is not None or session_store is not None:
            from nce.watched import watched

            credentials_store = watched(credentials_store, "credentials", self._tell)
            session_store = watched(session_store, "session", self._tell)
        self._credentials_store = credentials_store
        self._session_store = session_store
        self._random_bytes = random_bytes or os.urandom
        self._on_event = on_event
        self._retry_pauses_ms = retry_pauses_ms
        self._coap_options = dict(coap_options or {})
        self._mids = self._coap_options.pop("mids", None)
        # A session that is kept is worth the few bytes that ask for its Connection ID.
        self._dtls_options: "dict[str, Any]" = {"connection_id": session_store is not None}
        self._dtls_options.update(dtls_options or {})
        self._one_at_a_time = asyncio.Lock()
        self._are_refused = False  # the credentials, by the server
        self._is_reread = False  # the key, as HEX, and not proven
        self._heard: "Any" = None  # once, in the clear, in the handshake that failed last
        self._fetched_at_ms: "int | None" = None
        self._port: "Any" = None
        self._coap: "CoapClient | None" = None

    async def __aenter__(self) -> "Device":
        if self._forwarder is None:  # with an outbox there is no need to wait for the network
            await self._with_retries(self._connect)
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        await self.close()

    async def send(
        self,
        record: "Buffer | Mapping[str, Any]",
        topic: "str | None" = None,
        confirmable: bool = True,
    ) -> "Delivery":
        """Deliver one record; returns a Delivery, whose `proof` is ACKNOWLEDGED.

        record: a mapping for the template, or bytes. Not `confirmable`, or by UDP, it is sent once
        and nothing is waited for: the proof is UNPROVEN, and the record may be lost unnoticed.
        Raises UsageError and the template's errors for a wrong record, `nce.refusals.Refused` when
        1NCE OS said no, Undelivered when no answer came, and at once an error that no retry helps.
        """
        payload = payload_of(self._template, record, self._limit)
        return await self._deliver(payload, topic, confirmable, True)

    def store(self, record: "Buffer | Mapping[str, Any]", priority: int = 0) -> int:
        """Keep a record in the outbox; its number. A larger priority, up to 255, goes first.

        From here on it survives a reboot and is delivered at least once, by `flush`, under the
        device's topic. Raises as `Outbox.put` does, and for a wrong record as `send` does.
        """
        if self._forwarder is None:
            raise UsageError("this device has nowhere to store; give it Device(outbox=...)")
        return self._forwarder.put(payload_of(self._template, record, self._limit), priority)

    async def flush(self) -> int:
        """Deliver what the outbox keeps; the number of records that went.

        A record leaves the outbox when 1NCE OS has acknowledged it (by UDP: when the bearer took
        it), or has refused it for what it is: that one moves to `Outbox.refused`. Raises as `send`
        does else; what is left waits for the next time, the first one first.
        """
        if self._forwarder is None:
            return 0
        return await self._forwarder.flush(self._deliver)

    async def credentials(self) -> "Any":
        """The `Credentials` of this SIM, asked for when there are none: for another server of 1NCE
        OS, such as its proxy (`nce.proxy`). The bearer is attached. Raises as `send` does."""
        return await self._current_credentials()

    async def close(self) -> None:
        """Give the bearer's sockets back; the bearer stays as it is, and the session in its store.

        The server is not told: it keeps the session for our return.
        """
        await self._drop(False)

    async def _deliver(
        self,
        payload: bytes,
        topic: "str | None" = None,
        confirmable: bool = True,
        is_last: bool = False,
    ) -> "Delivery":
        query = self._query_of(self._topic if topic is None else topic)

        async def post() -> "Any":
            await self._connect()
            hears = getattr(self._bearer, "expect", None) if is_last else None
            if hears is not None:
                # What leaves now ends the exchange: a modem that sleeps sooner for it may say so.
                hears(int(confirmable and self._coap is not None))
            try:
                if self._coap is None:
                    return await self._port.send(payload)
                return await self._coap.request(
                    2, "/", query, payload, confirmable=confirmable, wants_response=confirmable
                )
            finally:
                if hears is not None:
                    hears(None)

        response, attempts = await self._with_retries(post)
        if response is None:
            return Delivery(None, attempts, UNPROVEN)
        if response.code != 0x44:  # 2.04 Changed, RFC 7252, 5.9.1.4
            from nce.refusals import record_refused

            raise record_refused(response)
        return Delivery(response.code, attempts, ACKNOWLEDGED)

    async def _connect(self) -> None:
        """Attach, authenticate and secure, each only where it is still to be done."""
        if self._port is not None:
            return
        await self._bearer.attach()
        mids = self._mids
        if self._plain is not None:
            self._port = await self._plain.open(self._bearer)
            if self._plain.is_udp:
                return
        else:
            self._port = await self._secured()
            # RFC 7252, 4.4: a session that is restored goes on where it was, and so does what the
            # server remembers. A record holds one message, and no number of one comes twice.
            mids = mids or self._port.position
        # A session that is restored may still bring the answer to a request of an earlier life.
        spares_tokens = self._plain is None and self._port.is_new
        self._coap = CoapClient(
            self._port,
            self._random_bytes,
            mids=mids,
            spares_tokens=spares_tokens,
            **self._coap_options,
        )
        if self._plain is not None:
            self._mids = self._coap.endpoint.mids

    async def _secured(self) -> "DtlsPort":
        credentials = await self._current_credentials()
        port = await self._bearer.open_datagram(credentials.host, credentials.port)
        secure = None
        try:
            secure = DtlsPort(
                port,
                credentials.identity,
                credentials.key,
                random_bytes=self._random_bytes,
                store=self._session_store,
                **self._dtls_options,
            )
            await secure.connect()
            if self._is_reread:
                self._is_reread = False
                self._keep()
        except BaseException as error:  # a cancelled task gives its socket back, too
            await (secure or port).close()
            if hasattr(error, "flight"):
                from nce.failed_handshake import learn

                are_refused, self._heard = learn(error, self._heard, self._dtls_options)
                self._are_refused = self._are_refused or are_refused
            raise
        self._are_refused = False
        self._heard = None
        self._tell(Secured(credentials.host, credentials.port))
        return secure

    async def _drop(self, forget: bool) -> None:
        # `forget`: the server does not answer any more, so the next session begins by a handshake.
        port, self._port, self._coap = self._port, None, None
        if port is not None:
            await (port.close(forget=forget) if self._plain is None else port.close())

    async def _current_credentials(self) -> "Any":
        if self._credentials is None and self._credentials_store is not None:
            from nce.credentials import BootstrapMalformed, parse_credentials

            line = self._credentials_store.load()
            parse: "Any" = parse_credentials
            if line and line.endswith(b"#hex"):
                from nce.hex_key import parse_stored as parse
            try:
                self._credentials = parse(line) if line else None
            except BootstrapMalformed:
                pass  # what the store has is no use: ask, as if it had nothing
        if self._is_pinned:
            return self._credentials
        if self._credentials is None or not self._credentials.is_for(
            getattr(self._bearer, "iccid", None)  # it may be another SIM by now
        ):
            await self._fetch()
        elif self._are_refused:
            from nce.hex_key import other_reading

            may_ask = (
                self._fetched_at_ms is None or now_ms() - self._fetched_at_ms >= REFETCH_AFTER_MS
            )
            other = other_reading(self._credentials, self._is_reread)
            if other is not None and not (self._is_reread and may_ask):
                # A customer may have set the key as HEX; or what failed was not the key.
                self._credentials = other
                self._is_reread = not self._is_reread
                self._are_refused = False
            elif may_ask:
                await self._fetch()
        return self._credentials

    async def _fetch(self) -> None:
        from nce.authenticate import authenticate

        port = await self._bearer.open_datagram(COAP_HOST, COAP_PORT)
        try:
            credentials = await authenticate(
                port,
                random_bytes=self._random_bytes,
                domain=self._domain,
                iccid=getattr(self._bearer, "iccid", None),
                **self._coap_options,
            )
        finally:
            await port.close()
        # Not before: without an answer we do not know of a new key that may have been made.
        self._fetched_at_ms = now_ms()
        self._credentials = credentials
        self._are_refused = self._is_reread = False
        self._keep()
        self._tell(Authenticated(credentials.host, credentials.port))

    def _keep(self) -> None:
        if self._credentials_store is not None:
            self._credentials_store.keep(self._credentials.to_bytes())

    async def _with_retries(self, action: "Callable[[], Awaitable[Any]]") -> "tuple[Any, int]":
        """`(await action(), attempts)`, trying again after every error that may pass."""
        async with self._one_at_a_time:
            attempts = 1
            while True:
                try:
                    return await action(), attempts
                except OSError as error:
                    await self._drop(isinstance(error, NetworkError))
                    if isinstance(error, UsageError) or getattr(error, "is_permanent", False):
                        raise
                    # A bearer that knows when it may try again is not asked before.
                    due_ms = getattr(error, "retry_after_ms", 0)
                    if attempts > len(self._retry_pauses_ms) or due_ms > max(
                        self._retry_pauses_ms
                    ):
                        raise Undelivered(attempts, error)
                    pause_ms = max(self._retry_pauses_ms[attempts - 1], due_ms)
                    attempts += 1
                    self._tell(Retrying(attempts, pause_ms, error))
                await asyncio.sleep(pause_ms / 1000)

    def _tell(self, event: object) -> None:
        if self._on_event is not None:
            self._on_event(event)
