"""A modem family: a row of values, its `Profile`, and the hooks beside it.

The values hold for what one number or text can say; a hook talks to the modem. Both begin as
3GPP TS 27.007 has them, and a family changes what its manual says otherwise. A variant is a row
made from a row:

    BG96 = BG95.changed(name="Quectel BG96", power_pulse_ms=150)

Hooks that talk get `link` (see `nce_modem.link`) and raise a `ModemError`. A `socket` is a
`DatagramSocket`: `socket_id`, `peer` (host, port) or None, `local_port`.
"""

from collections import namedtuple

# `Profile` is typed in the stub, and made below from FIELDS: a second mention of its names would
# intern them. pyright takes the one for a variable.
# pyright: reportInvalidTypeForm=false, reportConstantRedefinition=false
from nce_modem.at import syntax
from nce_modem.at.command import Command
from nce_modem.errors import CommandFailed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import (
        Answer,
        Any,
        DatagramSocket,
        F,
        Link,
        Notice,
        Peer,
        Profile,
        Received,
        Secured,
        Urc,
    )


# The kinds of unsolicited results: `notice` gives (kind, number, payload).
DATA = 1  # the modem holds data for this socket, or pushed this payload
CLOSED = 2  # this socket; in place of a payload the error, when it was no orderly end
CONTEXT_LOST = 3  # this PDP context

# Capabilities.
UNCONNECTED = "unconnected"  # sockets that send to anyone and say who sent
DTLS_PSK = "dtls_psk"  # `Family.secured`
RAI = "rai"  # `send_last` tells how many answers are awaited after the last datagram
RELEASE = "release"  # `release` asks for it at any time
ALWAYS_AWAKE = "always_awake"  # there is no PSM and no eDRX

# What 3GPP says, by name; the names alone are kept.
FIELDS: "Any" = {
    "name": "generic",
    "dialect": None,
    "cid": 1,  # the PDP context of the attach bearer
    # Milliseconds.
    "power_pulse_ms": 1000,  # of the key, to switch on
    "power_off_pulse_ms": 1000,  # to switch off; any pulse of a line that resets
    "boot_wait_ms": 10_000,  # from the pulse to the first answer
    "power_on_ms": 30_000,  # all of powering on
    "probe_timeout_ms": 500,
    "sync_gap_ms": 300,
    "poll_ms": 10_000,  # how often a socket is read without a URC, because URCs get lost
    "tells_arrivals": True,  # False: only reading shows that a datagram came
    # Sockets. No ids: the modem picks them.
    "socket_ids": (),
    "max_sockets": 0,
    "max_datagram": 0,
    "received": None,  # where a datagram sits in the answer to reading
    "capabilities": (),
    "passing_open_codes": (),  # of an open that is worth another try
    # Lines that say that the modem is off, and those of them that mean PSM.
    "off_banners": ("POWERED DOWN", "NORMAL POWER DOWN", "PSM POWER DOWN"),
    "sleep_banners": ("PSM POWER DOWN",),
    # Run after each start, so all are idempotent; may fail with a "?" in front. One is left out
    # when the owner keeps an earlier request for PSM: see `nce_modem.power`.
    "setup": (),
    "iccid_command": "AT+CCID",
    "signal_command": "AT+CSQ",
    "sleep_command": "",  # makes the modem announce that it sleeps, "" when nothing does
    "radio": "",  # its commands for radio access and bands, by name in `nce_modem.radio`
    "stream": "",  # the module beside this one that has its TCP, see `nce_modem.families.tcp`
    "gnss": "",  # the class of its satellite receiver, see `nce_modem.gnss`
    # Command, with its form when that differs -> milliseconds.
    "timeouts": {},
    "has_sim_after_radio": False,  # the SIM is off until +CFUN=1
    "m1_act": 7,  # the access technology of LTE-M (TS 27.007, 7.3), -1 where there is none
    # Set the rate, keep it, use RTS and CTS (V.250, 6.2.10 and 6.2.12). BG9x and u-blox keep it
    # by &W; where a modem keeps it by itself, &W does no harm. One text: short ones stay in the
    # table of names for ever (MicroPython).
    "line": "AT+IPR=%d AT&W AT+IFC=2,2",
}

Profile = namedtuple("Profile", tuple(FIELDS))  # type: ignore[no-redef,misc,unused-ignore]
DEFAULTS: "Profile" = Profile(**FIELDS)
FIELDS = tuple(FIELDS)


def changed(profile: "Profile", **values: "Any") -> "Profile":
    """A row like `profile` with other `values`; a name that no row has raises ValueError."""
    row = [values.pop(name, value) for name, value in zip(FIELDS, profile)]
    if values:
        raise ValueError("a family has no value %s" % ", ".join(values))
    return Profile(*row)


class OpenRefused(Exception):
    """The modem refused to open a socket; `code` is the family's own, None without a reason."""

    def __init__(self, code: "int | None" = None) -> None:
        super().__init__(code)
        self.code = code


def picked_id(lines: "list[str]") -> int:
    """The socket that the modem picked; raises `OpenRefused` when that line is lost or broken."""
    if lines:
        values = syntax.fields(syntax.split_prefix(lines[-1])[1])
        socket_id = syntax.number(values[0])
        if socket_id is not None:
            return socket_id
    raise OpenRefused


class Family:
    """The hooks of a family, with its `profile`."""

    def __init__(self, profile: "Profile", **values: "Any") -> None:
        self.profile: "Profile" = changed(profile, **values)

    def changed(self: "F", **values: "Any") -> "F":
        """A family with the same hooks and other values: `BG95.changed(power_pulse_ms=900)`.

        A name that no profile has raises ValueError.
        """
        return type(self)(self.profile, **values)

    def command(self, text: str, **options: "Any") -> Command:
        """A `Command` with the family's time for it: by `AT+COPS=?`, then `AT+COPS`."""
        if "timeout_ms" not in options:
            name = text[2:].partition("=")[0]
            form = text[2 + len(name) : 4 + len(name)]
            limit_ms = 5000
            for key in (name.partition("?")[0], name + form[:1], name + form):
                limit_ms = self.profile.timeouts.get(key, limit_ms)
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
        for socket_id in self.profile.socket_ids:
            await self.close_socket(link, socket_id)

    async def close_listed(self, link: "Link", socket_ids: "list[str]") -> None:
        """Close the sockets of a list that the modem gave; a broken number is left out."""
        for text in socket_ids:
            socket_id = syntax.number(text)
            if socket_id is not None:
                await self.close_socket(link, socket_id)

    async def configure_context(self, link: "Link", name: str) -> None:
        """Tell the modem's own IP stack the APN, beyond +CGDCONT."""

    async def activate_context(self, link: "Link") -> "str | None":
        """Bring the IP bearer up unless it is; return the dotted address."""
        for values in await self.ask_fields(link, "AT+CGPADDR=%d" % self.profile.cid):
            if len(values) > 1 and values[1] not in ("", "0.0.0.0"):
                return values[1]
        await self.ask(link, "AT+CGACT=1,%d" % self.profile.cid, is_idempotent=False)
        for values in await self.ask_fields(link, "AT+CGPADDR=%d" % self.profile.cid):
            if len(values) > 1:
                return values[1]
        return None

    async def resolve(self, link: "Link", name: str) -> str:
        """The dotted address of a name."""
        raise NotImplementedError

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        """Open a socket; sets `socket.socket_id` when the modem picks it.

        Raises `OpenRefused` with the result code, `CommandFailed` when a command was refused.
        """
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

        A family with `DTLS_PSK` in its capabilities has them.
        """
        from nce_modem.errors import UsageError

        message = "DTLS-PSK of %s is not confirmed; use nce.dtls over a plain socket"
        raise UsageError(message % self.profile.name)

    async def last_error(self, link: "Link") -> str:
        """The modem's explanation of its last bare ERROR, "" when it has none."""
        return ""
