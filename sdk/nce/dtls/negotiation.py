"""The client's side of a handshake, full or resumed (RFC 6347, 4.2; RFC 4279; 5077; 7627; 9146).

    negotiation = Negotiation(client, now_ms)                 # sends the hello
    negotiation.receive(plaintext, epoch, now_ms)             # of each handshake record
    negotiation.is_done

In full: 1 hello; 2 server's cookie; 3 hello with cookie; 4 server's hello, done; 5 key exchange,
change of cipher, Finished; 6 server's Finished. Resumed: after 3 the server's hello and Finished,
then our Finished. Loaded when a handshake begins: a restored session does without.
"""

from nce.const import const
from nce.dtls import handshake
from nce.dtls.errors import Unfit
from nce.dtls.handshake import Malformed, wrap
from nce.dtls.primitives import equal, prf, psk_premaster, sha256
from nce.dtls.reassembly import Inbox
from nce.dtls.suites import key_block_length

if 1 - 1:
    from nce.dtls.client import Client


_AWAIT_HELLO = const(0)
_AWAIT_DONE = const(1)
_AWAIT_FINISHED = const(2)

_CHANGE_CIPHER_SPEC = const(20)
_HANDSHAKE = const(22)

# Message types: RFC 6347, 4.3.2; RFC 5077, 5.
_HELLO_REQUEST = const(0)
_CLIENT_HELLO = const(1)
_SERVER_HELLO = const(2)
_HELLO_VERIFY_REQUEST = const(3)
_NEW_SESSION_TICKET = const(4)
_SERVER_KEY_EXCHANGE = const(12)
_SERVER_HELLO_DONE = const(14)
_CLIENT_KEY_EXCHANGE = const(16)
_FINISHED = const(20)

# Extensions.
_ENCRYPT_THEN_MAC = const(22)  # RFC 7366
_EXTENDED_MASTER_SECRET = const(23)  # RFC 7627
_SESSION_TICKET = const(35)  # RFC 5077
_CONNECTION_ID = const(54)  # RFC 9146
_RENEGOTIATION_INFO = const(0xFF01)  # RFC 5746

# What does not fit; their alerts and words are in nce.dtls.advice.
_MESSAGE = const(0)
_SUITE = const(1)
_EXTENSION = const(2)
_MAC_THEN_ENCRYPT = const(3)
_OTHER_SESSION = const(4)
_PROOF = const(5)


class Negotiation:
    """One handshake of a `nce.dtls.client.Client`, which it equips with keys and a session.

    `receive` raises Unfit when the server breaks the protocol under the session's keys. Nobody
    vouches for what comes before these (RFC 6347, 4.1.2.7): a message that the handshake has no
    place for is dropped, the flight keeps its timer, and the reason is left with it as a hint.
    """

    def __init__(self, client: "Client", now_ms: int) -> None:
        self._client = client
        self.is_done = False
        self._state = _AWAIT_HELLO
        self._inbox = Inbox()
        self._transcript = bytearray()
        self._message_seq = 0
        self._cookie: "bytes | None" = None
        self._cookie_at = 0  # the transmission of flight 3 that first had it
        self._random = client.random_bytes(32)
        self._server_random = b""
        self._master = b""
        self._session_id = self._ticket = b""
        session = client.session
        if session is not None:
            # RFC 5077, 3.4: with a ticket the ID is our own, and echoed when the ticket is taken.
            self._session_id = session[0] or client.random_bytes(8)
            self._ticket = session[1]
        self.is_resumed = False
        self._is_master_extended = False
        self._expects_ticket = False
        self._encrypt_then_mac = False
        self._send_hello(now_ms)

    def receive(self, data: bytes, epoch: int, now_ms: int) -> None:
        """Take the plaintext of a handshake record."""
        client = self._client
        try:
            found = handshake.fragments_of(data)
        except Malformed:
            client.dropped_records += 1
            return
        repeated = False
        for kind, length, seq, offset, body in found:
            if kind == _HELLO_VERIFY_REQUEST:
                # A server that asks for a cookie again may number that like the first time.
                seq = self._inbox.next_seq  # noqa: PLW2901
            # A Finished is believed in epoch 1 alone, and there nothing else is due. A request to
            # begin means nothing after the begin (RFC 5246, 7.4.1.1).
            if (
                (kind == _FINISHED) != (epoch == 1)
                or kind == _HELLO_REQUEST
                or (kind == _HELLO_VERIFY_REQUEST and not self._takes_cookie())
            ):
                client.dropped_records += 1
                continue
            if (
                seq < self._inbox.next_seq
                and self._state != _AWAIT_HELLO
                and len(body) == length
                and self._transcript.find(wrap(kind, seq, body)) < 0
            ):
                # Not the message of this number that was taken: one of them is forged, or of a
                # server that began again. A proof that fails then says nothing of the key.
                client.flight.is_contested = True
            if self._state == _AWAIT_FINISHED and (
                seq < self._inbox.next_seq or (epoch == 0 and not self._expects_ticket)
            ):
                repeated = True
            elif not self._inbox.add(kind, length, seq, offset, body):
                client.dropped_records += 1
        if repeated and (self.is_done or not self.is_resumed):
            client.flight.answer_repeat(now_ms)
        self._take_messages(now_ms)

    def _take_messages(self, now_ms: int) -> None:
        while not self.is_done:
            message = self._inbox.peek()
            if message is None:
                return
            kind, body = message
            try:
                self._take(kind, body, now_ms)
            except (Malformed, Unfit) as error:
                # Of epoch 0: a message without sense is dropped like a bad record, and the true
                # message comes with the next retransmission.
                if isinstance(error, Unfit):
                    if kind == _FINISHED:
                        raise
                    self._client.flight.take_hint(error.args)
                self._client.dropped_records += 1
                self._inbox.drop()
                return

    def _takes_cookie(self) -> bool:
        # A server that keeps asking, or a forger in its name, must not make us send for nothing,
        # nor give up a good cookie for a bad one: another cookie is taken once after each
        # retransmission, since then ours may no longer count.
        flight = self._client.flight
        return self._state == _AWAIT_HELLO and (
            self._cookie is None or (flight.transmissions > self._cookie_at and flight.has_copy())
        )

    def _take(self, kind: int, body: bytes, now_ms: int) -> None:
        # In the order of RFC 6347, 4.2.4, figures 1 and 2; RFC 5077, 3.1, figures 1 and 2.
        if kind == _HELLO_VERIFY_REQUEST:
            cookie = handshake.parse_hello_verify_request(body)
            if cookie == self._cookie:
                raise Malformed("cookie")  # a copy of the request that was answered
            self._cookie = cookie
            # The server's numbers follow ours: HelloVerifyRequest 0, ServerHello 1.
            self._inbox.restart(1)
            self._send_hello(now_ms)
            self._cookie_at = self._client.flight.transmissions
            return
        self._read(kind, body)
        # The message was understood: it is hashed and the next one is due.
        self._transcript.extend(wrap(kind, self._inbox.next_seq, body))
        self._inbox.advance()
        if kind == _SERVER_HELLO and self.is_resumed:
            self._derive_keys()
        elif kind == _SERVER_HELLO_DONE:
            self._prove_key(now_ms)
        elif kind == _FINISHED:
            self._finish(now_ms)

    def _read(self, kind: int, body: bytes) -> None:
        state = self._state
        if kind == _SERVER_HELLO and state == _AWAIT_HELLO:
            self._take_server_hello(body)
        elif kind == _SERVER_KEY_EXCHANGE and state == _AWAIT_DONE:
            if handshake.vector(body, 2)[1]:  # an identity hint, of which we have no use
                raise Malformed("hint")
        elif kind == _SERVER_HELLO_DONE and state == _AWAIT_DONE:
            if body:
                raise Malformed("done")
        elif kind == _NEW_SESSION_TICKET and self._expects_ticket:
            self._ticket, rest = handshake.vector(body[4:], 2)
            if rest:
                raise Malformed("ticket")
            self._expects_ticket = False
        elif kind == _FINISHED and state == _AWAIT_FINISHED and not self._expects_ticket:
            if not equal(self._verify_data(b"server finished"), body):
                raise Unfit(_PROOF)
        else:
            raise Unfit(_MESSAGE, kind, state)

    # Ours

    def _send_hello(self, now_ms: int) -> None:
        client = self._client
        extensions = [(_EXTENDED_MASTER_SECRET, b"")]
        if any([suite.mac_length for suite in client.suites]):
            extensions.append((_ENCRYPT_THEN_MAC, b""))
        if client.offers_connection_id:
            extensions.append((_CONNECTION_ID, b"\x00"))  # none for the way to us
        if client.offers_ticket:
            extensions.append((_SESSION_TICKET, self._ticket))
        self._offered = [number for number, _data in extensions]
        body = handshake.client_hello(
            self._random, self._session_id, self._cookie or b"", client.suites, extensions
        )
        # A server that keeps nothing before it has its cookie back knows no second hello but the
        # one with the cookie: it is number 1, however often the cookie changes.
        seq = 0 if self._cookie is None else 1
        message = wrap(_CLIENT_HELLO, seq, body)
        self._message_seq = seq + 1
        # RFC 6347, 4.2.6: a hello that a cookie was asked for is not hashed.
        self._transcript = bytearray(message)
        messages = ((0, _HANDSHAKE, message),)
        if client.flight.number == 3:
            client.flight.change(messages, now_ms)
        else:
            client.flight.begin(1 + 2 * seq, messages, now_ms)

    def _prove_key(self, now_ms: int) -> None:
        identity = self._client.identity
        body = bytes((len(identity) >> 8, len(identity) & 0xFF)) + identity
        exchange = self._next_message(_CLIENT_KEY_EXCHANGE, body)
        premaster = psk_premaster(self._client.key)
        if self._is_master_extended:
            label, seed = b"extended master secret", sha256(self._transcript)
        else:
            label, seed = b"master secret", self._random + self._server_random
        self._master = prf(premaster, label, seed, 48)
        self._derive_keys()
        self._send_finished(5, ((0, _HANDSHAKE, exchange),), now_ms)

    def _derive_keys(self) -> None:
        seed = self._server_random + self._random
        length = key_block_length(self._client.suite)
        self._client.protect(
            prf(self._master, b"key expansion", seed, length), self._encrypt_then_mac
        )
        self._state = _AWAIT_FINISHED

    def _send_finished(
        self,
        flight_number: int,
        before: "tuple[tuple[int, int, bytes], ...]",
        now_ms: int,
        is_last: bool = False,
    ) -> None:
        finished = self._next_message(_FINISHED, self._verify_data(b"client finished"))
        flight = before + ((0, _CHANGE_CIPHER_SPEC, b"\x01"), (1, _HANDSHAKE, finished))
        self._client.flight.begin(flight_number, flight, now_ms, is_last)

    def _next_message(self, kind: int, body: bytes) -> bytes:
        message = wrap(kind, self._message_seq, body)
        self._message_seq += 1
        self._transcript.extend(message)
        return message

    def _verify_data(self, label: bytes) -> bytes:
        return prf(self._master, label, sha256(self._transcript), 12)

    # The server's

    def _take_server_hello(self, body: bytes) -> None:
        client = self._client
        server_random, session_id, number, extensions = handshake.parse_server_hello(body)
        chosen = [suite for suite in client.suites if suite.number == number]
        if not chosen:
            raise Unfit(_SUITE, number)
        for extension, data in extensions.items():
            # RFC 5746, 3.4: renegotiation_info is empty in a first handshake.
            if extension not in self._offered and (
                extension != _RENEGOTIATION_INFO or data != b"\x00"
            ):
                raise Unfit(_EXTENSION, extension)
        if chosen[0].needs_encrypt_then_mac and _ENCRYPT_THEN_MAC not in extensions:
            # RFC 7366, 2 to 4; RFC 5246, 6.2.3.2: see nce.dtls.cbc.
            raise Unfit(_MAC_THEN_ENCRYPT)
        connection_id = b""
        if _CONNECTION_ID in extensions:
            connection_id, rest = handshake.vector(extensions[_CONNECTION_ID], 1)
            if rest:
                raise Malformed("connection ID")
        session = client.session
        is_master_extended = _EXTENDED_MASTER_SECRET in extensions
        if session is not None and session_id == self._session_id:
            # RFC 7627, 5.3; RFC 5246, 7.4.1.3: a resumed session is as it was.
            if number != session[3] or not is_master_extended:
                raise Unfit(_OTHER_SESSION)
            self.is_resumed = True
            self._master = session[2]
        else:
            self._session_id = session_id
            self._ticket = b""
            self._state = _AWAIT_DONE
        # Only now: a hello that is dropped leaves nothing behind.
        client.suite = chosen[0]
        client.records.connection_id = connection_id
        self._server_random = server_random
        self._is_master_extended = is_master_extended
        self._encrypt_then_mac = _ENCRYPT_THEN_MAC in extensions
        self._expects_ticket = _SESSION_TICKET in extensions

    def _finish(self, now_ms: int) -> None:
        client = self._client
        if self.is_resumed:
            # No timer: the server that misses it repeats its own.
            self._send_finished(5, (), now_ms, is_last=True)
        else:
            client.flight.end()
        self.is_done = True
        if client.on_secrets is not None:
            client.on_secrets(self._random, self._master)
        # Only sessions with an extended master secret are safe to resume (RFC 7627, 5.3).
        client.session = None
        if self._is_master_extended and (self._session_id or self._ticket):
            client.session = (self._session_id, self._ticket, self._master, client.suite.number)
