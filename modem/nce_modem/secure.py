"""DTLS with a pre-shared key that the modem itself speaks: a datagram port, and no `nce.dtls`.

    secure = SecureSockets(modem, credentials.identity, credentials.key)
    await secure.install()                  # an nRF91 needs it before attach()
    await modem.attach()
    port = await secure.open(credentials.host, credentials.port)
    client = CoapClient(port)

Only for families that have `DTLS_PSK` among their capabilities; it is off where it is not
confirmed. A modem does not say why its handshake failed: in that case `nce.dtls` on this side of
the line says more.
"""

from nce_modem.at.parameter import endpoint
from nce_modem.errors import CommandFailed, OpenFailed, UsageError
from nce_modem.sockets import DatagramSocket

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem, Secured


class SecureSockets:
    """The secure sockets of one modem, with one `identity` (text) and one `key` (bytes)."""

    def __init__(self, modem: "Modem", identity: str, key: bytes) -> None:
        if not identity or not key:
            raise UsageError(
                "DTLS-PSK needs an identity and a key; ask the Device Authenticator for them"
            )
        self._modem = modem
        self._identity = identity
        self._key = key
        self._family: "Secured | None" = None  # whose key the modem has
        self._generation: "int | None" = None

    async def install(self) -> None:
        """Give the modem identity and key, unless this object has given them already.

        An nRF91 takes them only while its radio is off; `open` attaches again after that. Raises
        `UsageError` when the family has no such sockets.
        """
        modem = self._modem
        if not modem.is_ready:
            await modem.power_on()
        family = modem.family.secured(self._identity, self._key)
        if isinstance(self._family, type(family)) and (
            family.outlives_restart or self._generation == modem.generation
        ):
            return
        try:
            await family.install(modem.link)
        except CommandFailed as error:
            message = "%s: the modem did not accept the key; check that its firmware has DTLS"
            raise OpenFailed(message % error, error.code, modem.link.channel.transcript)
        self._family = family
        self._generation = modem.generation

    async def open(self, host: str, port: int) -> DatagramSocket:
        """A datagram port to one peer, after the modem's handshake with it.

        Raises `HandshakeFailed` (`nce_modem.families.secured`), `OpenFailed`, `UsageError` for
        an invalid host or port, and what `attach` raises.
        """
        endpoint((host, port))  # checked before any command
        await self.install()
        await self._modem.attach()
        return await self._modem.open_socket(DatagramSocket, (host, port), 0, self._family)
