"""The client's side of a handshake, full or resumed (RFC 6347, 4.2; RFC 4279; 5077; 7627; 9146).

    negotiation = Negotiation(client, now_ms)                # sends the hello
    is_done = negotiation.receive(plaintext, epoch, now_ms)  # for each handshake record

The flights in full: 1 hello; 2 server's cookie; 3 hello with cookie; 4 server's hello, done; 5 key
exchange, change of cipher, Finished; 6 server's Finished. Resumed: after 3 the server's hello and
Finished, then our Finished. The table `_STEPS`, at the end, has every message that the server may
send. This module is loaded when a handshake begins: a restored session does not need it.
"""

from nce.const import const
from nce.dtls import handshake
from nce.dtls.errors import Unfit
from nce.dtls.handshake import Malformed, sole_vector, wrap
from nce.dtls.primitives import equal, prf, psk_premaster, sha256
from nce.dtls.reassembly import Inbox
from nce.dtls.suites import key_block_length

if 1 - 1:
    from nce.dtls.client import Client
    from nce.seams import Callable


# The states, in the order in which a handshake passes through them.
_AWAIT_HELLO = const(0)
_AWAIT_KEY_EXCHANGE = const(1)
_AWAIT_DONE = const(2)
_AWAIT_TICKET = const(3)
_AWAIT_FINISHED = const(4)
_OVER = const(5)

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

# What does not fit: a row of nce.dtls.advice.
_MESSAGE = const(0)
_PROOF = const(5)


class Negotiation:
    """One handshake of a `nce.dtls.client.Client`; it gives the client its keys and a session.

    `receive` raises HandshakeBroken when the server breaks the protocol under the session's keys.
    Nothing vouches for what comes before these (RFC 6347, 4.1.2.7): a message that does not fit
    is dropped, the flight's timer goes on, and the flight keeps the reason as a hint.
    """

    def __init__(self, client: "Client", now_ms: int) -> None:
        self._client = client
        self._state = _AWAIT_HELLO
        self._inbox = Inbox()
        self._cookie: "bytes | None" = None
        self._random = client.random_bytes(32)
        self._session_id = self._ticket = b""
        session = client.session
        if session is not None:
            # RFC 5077, 3.4: with a ticket the ID is our own, and echoed when the ticket is taken.
            self._session_id = session[0] or client.random_bytes(8)
            self._ticket = session[1]
        # `_send_hello` and `_read_hello` set the rest.
        self._send_hello(now_ms)

    def receive(self, data: bytes, epoch: int, now_ms: int) -> bool:
        """Take the plaintext of a handshake record. True once the handshake is done."""
        client = self._client
        inbox = self._inbox
        try:
            found = handshake.fragments_of(data)
        except Malformed:
            client.dropped_records += 1
            found = []
        is_repeat = False
        for kind, length, seq, offset, body in found:
            if kind == _HELLO_VERIFY_REQUEST:
                # A server that asks for a cookie again may give that the number of the first time.
                seq = inbox.next_seq  # noqa: PLW2901
            # A Finished is believed only in epoch 1, where nothing else is due. A HelloRequest
            # means nothing once the handshake has begun (RFC 5246, 7.4.1.1).
            if (
                (kind == _FINISHED) != (epoch == 1)
                or kind == _HELLO_REQUEST
                or (kind == _HELLO_VERIFY_REQUEST and not self._takes_cookie())
            ):
                client.dropped_records += 1
                continue
            if (
                seq < inbox.next_seq
                and self._state != _AWAIT_HELLO
                and len(body) == length
                and self._transcript.find(wrap(kind, seq, body)) < 0
            ):
                # It differs from the message of this number that was taken: one of the two is
                # forged, or the server began again. A proof that fails then says nothing about
                # the key.
                client.flight.is_contested = True
            if self._state >= _AWAIT_TICKET and (
                seq < inbox.next_seq or (epoch == 0 and self._state != _AWAIT_TICKET)
            ):
                is_repeat = True
            elif not inbox.add(kind, length, seq, offset, body):
                client.dropped_records += 1
        if is_repeat and (self._state == _OVER or not self.is_resumed):
            client.flight.answer_repeat(now_ms)
        self._take_messages(now_ms)
        return self._state == _OVER

    def _take_messages(self, now_ms: int) -> None:
        while self._state != _OVER:
            message = self._inbox.peek()
            if message is None:
                return
            kind, body = message
            try:
                answer = self._step(kind, body)
            except (Malformed, Unfit) as error:
                # In epoch 0 a message that makes no sense is dropped like a bad record; the true
                # message comes with the next retransmission.
                if isinstance(error, Unfit):
                    if kind == _FINISHED:
                        from nce.dtls.advice import broken

                        raise broken(*error.args)
                    self._client.flight.take_hint(error.args)
                self._client.dropped_records += 1
                self._inbox.drop()
                return
            if answer:
                answer(self, now_ms)

    def _step(self, kind: int, body: bytes) -> "Callable[[Negotiation, int], None] | None":
        for step in self._STEPS:
            if step[:2] == (self._state, kind):
                break
        else:
            raise Unfit(_MESSAGE, kind, self._state)
        read, answer, following = step[2:]
        read(self, body)
        # The message was understood: it is hashed, and the next one is due.
        self._transcript.extend(wrap(kind, self._inbox.next_seq, body))
        self._inbox.advance()
        # Steps that this handshake leaves out: RFC 5246, 7.3, figure 2; RFC 5077, 3.1.
        if following == _AWAIT_KEY_EXCHANGE and self.is_resumed:
            following = _AWAIT_TICKET
        if following == _AWAIT_TICKET and not self._promises_ticket:
            following = _AWAIT_FINISHED
        self._state = following
        return answer  # pyright: ignore[reportReturnType]  (an unbound method)

    def _takes_cookie(self) -> bool:
        # Neither a server that keeps asking nor a forger in its name may make us send for nothing,
        # or give up a good cookie for a bad one. So another cookie is taken once after each
        # retransmission, when ours may no longer be valid.
        flight = self._client.flight
        return self._state == _AWAIT_HELLO and (
            self._cookie is None or (flight.transmissions > self._cookie_at and flight.has_copy())
        )

    # Readers of the server's messages. One that raises changes nothing.

    def _read_cookie(self, body: bytes) -> None:
        # The version in front of the cookie means nothing (RFC 6347, 4.2.1).
        cookie = sole_vector(body[2:], 1)
        if cookie == self._cookie:
            raise Malformed("cookie")  # a copy of the request that was answered
        self._cookie = cookie

    def _read_hello(self, body: bytes) -> None:
        client = self._client
        (
            self._server_random,
            session_id,
            client.suite,
            client.records.connection_id,
            self._has_extended_master_secret,
            self._encrypt_then_mac,
            self._promises_ticket,
            self.is_resumed,
        ) = handshake.agreement(client, self._session_id, body)
        if self.is_resumed:
            self._master = client.session[2]  # type: ignore[index]
            self._derive_keys()
        else:
            self._session_id = session_id
            self._ticket = b""

    def _read_hint(self, body: bytes) -> None:
        sole_vector(body, 2)  # an identity hint; we need none

    def _read_done(self, body: bytes) -> None:
        if body:
            raise Malformed("done")

    def _read_ticket(self, body: bytes) -> None:
        self._ticket = sole_vector(body[4:], 2)  # behind its lifetime

    def _read_proof(self, body: bytes) -> None:
        if not equal(self._verify_data(b"server finished"), body):
            raise Unfit(_PROOF)

    # Our answers

    def _send_hello(self, now_ms: int) -> None:
        client = self._client
        # A server that stores nothing before its cookie comes back knows only one second hello,
        # the one with the cookie: that is number 1, however often the cookie changes. The
        # server's numbers follow ours: HelloVerifyRequest 0, ServerHello 1.
        seq = 0 if self._cookie is None else 1
        body = handshake.client_hello(
            self._random,
            self._session_id,
            self._cookie or b"",
            client.suites,
            handshake.extensions_of(client, self._ticket),
        )
        message = wrap(_CLIENT_HELLO, seq, body)
        self._message_seq = seq + 1
        self._inbox.restart(seq)
        # RFC 6347, 4.2.6: neither the hello without cookie nor the request for it is hashed.
        self._transcript = bytearray(message)
        messages = ((0, _HANDSHAKE, message),)
        if client.flight.number == 3:
            client.flight.change(messages, now_ms)
        else:
            client.flight.begin(1 + 2 * seq, messages, now_ms)
        self._cookie_at = client.flight.transmissions  # the first copy that has this cookie

    def _prove_key(self, now_ms: int) -> None:
        identity = self._client.identity
        body = bytes((len(identity) >> 8, len(identity) & 0xFF)) + identity
        exchange = self._next_message(_CLIENT_KEY_EXCHANGE, body)
        premaster = psk_premaster(self._client.key)
        if self._has_extended_master_secret:
            label, seed = b"extended master secret", sha256(self._transcript)
        else:
            label, seed = b"master secret", self._random + self._server_random
        self._master = prf(premaster, label, seed, 48)
        self._derive_keys()
        self._send_finished(((0, _HANDSHAKE, exchange),), now_ms)

    def _finish(self, now_ms: int) -> None:
        client = self._client
        if self.is_resumed:
            self._send_finished((), now_ms)
        if client.on_secrets is not None:
            client.on_secrets(self._random, self._master)
        # Only sessions with an extended master secret are safe to resume (RFC 7627, 5.3).
        client.session = None
        if self._has_extended_master_secret and (self._session_id or self._ticket):
            client.session = (self._session_id, self._ticket, self._master, client.suite.number)

    def _derive_keys(self) -> None:
        seed = self._server_random + self._random
        length = key_block_length(self._client.suite)
        self._client.protect(
            prf(self._master, b"key expansion", seed, length), self._encrypt_then_mac
        )

    def _send_finished(self, before: "tuple[tuple[int, int, bytes], ...]", now_ms: int) -> None:
        finished = self._next_message(_FINISHED, self._verify_data(b"client finished"))
        flight = before + ((0, _CHANGE_CIPHER_SPEC, b"\x01"), (1, _HANDSHAKE, finished))
        # If resumed, this is the last flight, without a timer: a server that misses it repeats
        # its own.
        self._client.flight.begin(5, flight, now_ms, self.is_resumed)

    def _next_message(self, kind: int, body: bytes) -> bytes:
        message = wrap(kind, self._message_seq, body)
        self._message_seq += 1
        self._transcript.extend(message)
        return message

    def _verify_data(self, label: bytes) -> bytes:
        return prf(self._master, label, sha256(self._transcript), 12)

    # RFC 6347, 4.2.4, figures 1 and 2; RFC 5077, 3.1, figures 1 and 2.
    # state, message, its reader, our answer, the state that follows
    _STEPS = (
        (_AWAIT_HELLO, _HELLO_VERIFY_REQUEST, _read_cookie, _send_hello, _AWAIT_HELLO),
        (_AWAIT_HELLO, _SERVER_HELLO, _read_hello, None, _AWAIT_KEY_EXCHANGE),
        (_AWAIT_KEY_EXCHANGE, _SERVER_KEY_EXCHANGE, _read_hint, None, _AWAIT_DONE),
        (_AWAIT_KEY_EXCHANGE, _SERVER_HELLO_DONE, _read_done, _prove_key, _AWAIT_TICKET),
        (_AWAIT_DONE, _SERVER_HELLO_DONE, _read_done, _prove_key, _AWAIT_TICKET),
        (_AWAIT_TICKET, _NEW_SESSION_TICKET, _read_ticket, None, _AWAIT_FINISHED),
        (_AWAIT_FINISHED, _FINISHED, _read_proof, _finish, _OVER),
    )
