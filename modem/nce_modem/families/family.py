"""The differences between modem families: data, and hooks where data is not enough.

The defaults are 3GPP TS 27.007; a family overrides what its manual says otherwise. Hooks that talk
get `link` (see `nce_modem.link`) and raise a `ModemError`. A `socket` is a `DatagramSocket`:
`socket_id`, `peer` (host, port) or None, `local_port`.
"""

from nce_modem.at import syntax
from nce_modem.at.command import Command
from nce_modem.at.dialect import Dialect
from nce_modem.errors import CommandFailed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import (
        Answer,
        Any,
        DatagramSocket,
        Link,
        Notice,
        Peer,
        Received,
        Secured,
        Urc,
    )


# The kinds of unsolicited results: `notice` gives (kind, number, payload).
DATA = 1  # the modem holds data for this socket, or pushed this payload
CLOSED = 2  # this socket
CONTEXT_LOST = 3  # this PDP context


class Family:
    """The data and hooks of a family; an instance may have single values replaced."""

    name = "generic"
    dialect: "Dialect" = None  # type: ignore[assignment]
    cid = 1  # the PDP context of the attach bearer
    # Milliseconds.
    power_pulse_ms = 1000  # of the key, to switch on
    power_off_pulse_ms = 1000  # to switch off; any pulse of a line that resets
    boot_wait_ms = 10_000  # from the pulse to the first answer
    power_on_ms = 30_000  # all of powering on
    probe_timeout_ms = 500
    sync_gap_ms = 300
    poll_ms = 10_000  # how often a socket is read without a URC, because URCs get lost
    tells_arrivals = True  # False: only reading shows that a datagram came
    # Sockets. No ids: the modem picks them.
    socket_ids: "tuple[int, ...]" = ()
    max_sockets = 0
    max_datagram = 0
    # Of "unconnected dtls_psk rai release"; "rai": `send_last` tells how many answers are awaited
    # after the last datagram; "release": `release` asks for it at any time.
    capabilities = ""
    passing_open_codes: "tuple[int, ...]" = ()  # of an open that is worth another try
    off_banners: "tuple[str, ...]" = ("POWERED DOWN", "NORMAL POWER DOWN", "PSM POWER DOWN")
    # Run after each start, so all are idempotent; may fail with a "?" in front.
    setup: "tuple[str, ...]" = ()
    iccid_command = "AT+CCID"
    signal_command = "AT+CSQ"
    # Command, with its form when that differs -> milliseconds.
    timeouts: "dict[str, int]" = {}
    has_sim_after_radio = False  # the SIM is off until +CFUN=1
    m1_act = 7  # the access technology of LTE-M (TS 27.007, 7.3)

    def command(self, text: str, **options: "Any") -> Command:
        """A `Command` with the family's time for it: by `AT+COPS=?`, then `AT+COPS`."""
        if "timeout_ms" not in options:
            name = text[2:].partition("=")[0]
            form = text[2 + len(name) : 4 + len(name)]
            limit_ms = 5000
            for key in (name.partition("?")[0], name + form[:1], name + form):
                limit_ms = self.timeouts.get(key, limit_ms)
            options["timeout_ms"] = limit_ms
        return Command(text, **options)

    async def ask(self, link: "Link", text: str, **options: "Any") -> "Answer":
        """Run one command; raises the error that fits a failure."""
        return await link.run(self.command(text, **options))

    async def ask_fields(self, link: "Link", text: str, **options: "Any") -> "list[list[str]]":
        """The fields of each line of an answer; [] when the modem refused."""
        try:
            answer = await self.ask(link, text, **options)
        except CommandFailed:
            return []
        return [syntax.fields(syntax.split_prefix(line)[1]) for line in answer.lines]

    def notice(self, urc: "Urc") -> "Notice | None":
        """(kind, number, payload) of an unsolicited result, or None."""

    async def refine(self, link: "Link", model: str, revision: str) -> "Family":
        """The family that fits the model best, once it is known; asked after the set-up."""
        return self

    async def close_stale_sockets(self, link: "Link") -> None:
        """Close the sockets that an earlier run of the host left open."""
        for socket_id in self.socket_ids:
            await self.close_socket(link, socket_id)

    async def configure_context(self, link: "Link", name: str) -> None:
        """Tell the modem's own IP stack the APN, beyond +CGDCONT."""

    async def activate_context(self, link: "Link") -> "str | None":
        """Bring the IP bearer up unless it is; return the dotted address."""
        for values in await self.ask_fields(link, "AT+CGPADDR=%d" % self.cid):
            if len(values) > 1 and values[1] not in ("", "0.0.0.0"):
                return values[1]
        await self.ask(link, "AT+CGACT=1,%d" % self.cid, is_idempotent=False)
        for values in await self.ask_fields(link, "AT+CGPADDR=%d" % self.cid):
            if len(values) > 1:
                return values[1]
        return None

    async def resolve(self, link: "Link", name: str) -> str:
        """The dotted address of a name."""
        raise NotImplementedError

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> "int | None":
        """Open; sets `socket.socket_id` when the modem picks it. 0, or the family's error code."""
        raise NotImplementedError

    async def send(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        """Hand one datagram to the modem."""
        raise NotImplementedError

    async def read(self, link: "Link", socket: "DatagramSocket") -> "Received | None":
        """(datagram, peer or None), or None when the modem holds none."""
        raise NotImplementedError

    async def close_socket(self, link: "Link", socket_id: int) -> None:
        """Close and free a socket."""
        raise NotImplementedError

    def secured(self, identity: str, key: bytes) -> "Secured":
        """The hooks of sockets over which the modem speaks DTLS: see `nce_modem.families.secured`.

        A family with `"dtls_psk"` in its capabilities has them.
        """
        from nce_modem.errors import UsageError

        message = "DTLS-PSK of %s is not confirmed; use nce.dtls over a plain socket"
        raise UsageError(message % self.name)

    async def last_error(self, link: "Link") -> str:
        """The modem's explanation of its last bare ERROR, "" when it has none."""
        return ""
