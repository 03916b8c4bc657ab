"""What sets one modem family apart: data, and hooks where data does not reach.

The defaults are 3GPP TS 27.007; a family overrides what its manual says otherwise. Hooks that talk
get `link` (see `nce_modem.link`): `await link.run(command)` answers or raises a `ModemError`.
"""

from collections import namedtuple

from nce_modem.at import syntax
from nce_modem.at.command import Command

# What a family's unsolicited results come down to.
SocketOpened = namedtuple("SocketOpened", ("socket_id", "code"))
DataReady = namedtuple("DataReady", ("socket_id", "payload"))
SocketLost = namedtuple("SocketLost", ("socket_id",))
ContextLost = namedtuple("ContextLost", ("cid",))


class Family:
    """The data and hooks of a family; an instance may have single values replaced."""

    name = "generic"
    dialect = None
    cid = 1  # the PDP context of the attach bearer
    # Milliseconds.
    power_pulse_ms = 1000
    boot_wait_ms = 10_000  # from the pulse to the first answer
    power_on_ms = 30_000  # all of powering on
    probe_timeout_ms = 500
    sync_gap_ms = 300
    poll_ms = 10_000  # reading a socket without having been told to, against lost URCs
    open_timeout_ms = 150_000
    # Sockets.
    socket_ids: "tuple[int, ...]" = ()
    max_datagram = 0
    has_dtls = False
    passing_open_codes: "tuple[int, ...]" = ()  # of an open that is worth another try
    off_banners = ("POWERED DOWN", "NORMAL POWER DOWN", "PSM POWER DOWN")
    # (command, whether it must succeed): run after each start, so all are idempotent.
    setup: "tuple" = ()
    iccid_command = "AT+CCID"
    signal_command = "AT+CSQ"
    registration_reads = ("AT+CEREG?", "AT+CGREG?", "AT+CREG?")
    # Command without parameters, and with its form when that differs -> milliseconds.
    timeouts: "dict[str, int]" = {}
    default_timeout_ms = 5000
    # Access technology (TS 27.007, 7.3) -> name.
    access_names = {0: "GSM", 2: "UTRAN", 3: "EGPRS", 7: "LTE-M", 8: "EC-GSM-IoT", 9: "NB-IoT"}

    def timeout_ms(self, text):
        """How long a command may take, by the family's table: `AT+COPS=?`, then `AT+COPS`."""
        names = syntax.prefixes(text)
        name = names[0] if names else ""
        form = text[text.find(name) + len(name) :] if name else ""
        for key in (name + form[:2], name + form[:1], name):
            if key in self.timeouts:
                return self.timeouts[key]
        return self.default_timeout_ms

    def command(self, text, **options):
        """A `Command` with the family's time for it."""
        if "timeout_ms" not in options:
            options["timeout_ms"] = self.timeout_ms(text)
        return Command(text, **options)

    def probe(self):
        """The command that asks for a sign of life."""
        return Command(
            "AT", timeout_ms=self.probe_timeout_ms, drains=False, survives_reset=True, expects=()
        )

    def notice(self, urc):
        """One of the named tuples above for an unsolicited result, or None."""

    async def close_stale_sockets(self, link):
        """Close what an earlier run of the host left open."""

    async def configure_context(self, link, apn):
        """Tell the modem's own IP stack the APN, beyond +CGDCONT."""

    async def activate_context(self, link):
        """Bring the IP bearer up unless it is; return the dotted address."""
        raise NotImplementedError

    async def open_udp(self, link, socket_id, host, port):
        """Start opening; `SocketOpened` follows. True when the socket is open already."""
        raise NotImplementedError

    async def send(self, link, socket_id, data):
        """Hand one datagram to the modem."""
        raise NotImplementedError

    async def read(self, link, socket_id):
        """The next datagram that the modem holds, or None when it holds none."""
        raise NotImplementedError

    async def close_socket(self, link, socket_id):
        """Close and free a socket."""
        raise NotImplementedError

    async def last_error(self, link):
        """The family's own words on why the last bare ERROR came, "" when it has none."""
        return ""
