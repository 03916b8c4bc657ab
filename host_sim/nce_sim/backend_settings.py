"""The assumptions of the simulated 1NCE OS where no source documents it.

[D] documented by 1NCE   [C] seen in 1NCE's own clients   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nce_sim.account.access.settings import AccessSettings
from nce_sim.account.orders.settings import OrderSettings
from nce_sim.account.organisations.settings import OrganisationSettings
from nce_sim.deliveries.settings import DeliverySettings
from nce_sim.endpoints.coap.settings import CoapSettings
from nce_sim.endpoints.controller import ControllerPorts
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.endpoints.lwm2m.settings import Lwm2mEndpointSettings
from nce_sim.endpoints.proxy import ProxyPorts
from nce_sim.services.authenticator.settings import AuthenticatorSettings
from nce_sim.services.clouds.settings import CloudsSettings
from nce_sim.services.controller.settings import ControllerSettings
from nce_sim.services.device_integrator.settings import DeviceIntegratorSettings
from nce_sim.services.energy_saver.settings import EnergySaverSettings
from nce_sim.services.locator.settings import LocatorSettings
from nce_sim.services.logs.settings import LogsSettings
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.services.onboarding.settings import OnboardingSettings
from nce_sim.services.plugins.settings import PluginSettings
from nce_sim.services.settings.settings import OsSettings
from nce_sim.services.sims.settings import SimsSettings
from nce_sim.services.streamer.settings import StreamerSettings
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.settings import NetworkSettings

# A CoAPS message belongs to the SIM it came from, or to the PSK identity of its session.
BY_SOURCE = "source"
BY_IDENTITY = "identity"


@dataclass(frozen=True)
class BackendSettings:
    """Ports and policies of the endpoints; their hosts are in `NetworkSettings`."""

    coap_port: int = 5683  # [D]
    coaps_port: int = 5684  # [D]
    udp_port: int = 4445  # [D]
    # [D/I] "with DTLS the ICCID still comes from the SIM/identity". `source`: the identity must be
    # that of the SIM that sent the datagram; `identity`: only the identity counts.
    coaps_device: str = BY_SOURCE
    coap: CoapSettings = field(default_factory=CoapSettings)  # of both CoAP endpoints
    dtls: DtlsSettings = field(default_factory=DtlsSettings)
    access: AccessSettings = field(default_factory=AccessSettings)
    organisations: OrganisationSettings = field(default_factory=OrganisationSettings)
    orders: OrderSettings = field(default_factory=OrderSettings)
    authenticator: AuthenticatorSettings = field(default_factory=AuthenticatorSettings)
    deliveries: DeliverySettings = field(default_factory=DeliverySettings)
    clouds: CloudsSettings = field(default_factory=CloudsSettings)
    streamer: StreamerSettings = field(default_factory=StreamerSettings)
    sims: SimsSettings = field(default_factory=SimsSettings)
    onboarding: OnboardingSettings = field(default_factory=OnboardingSettings)
    energy_saver: EnergySaverSettings = field(default_factory=EnergySaverSettings)
    locator: LocatorSettings = field(default_factory=LocatorSettings)
    logs: LogsSettings = field(default_factory=LogsSettings)
    lwm2m: Lwm2mSettings = field(default_factory=Lwm2mSettings)
    lwm2m_endpoint: Lwm2mEndpointSettings = field(default_factory=Lwm2mEndpointSettings)
    os: OsSettings = field(default_factory=OsSettings)
    controller: ControllerSettings = field(default_factory=ControllerSettings)
    controller_ports: ControllerPorts = field(default_factory=ControllerPorts)
    plugins: PluginSettings = field(default_factory=PluginSettings)
    proxy_ports: ProxyPorts = field(default_factory=ProxyPorts)
    device_integrator: DeviceIntegratorSettings = field(default_factory=DeviceIntegratorSettings)
    history_retention_ms: int = 7 * 86_400_000  # [D] by the clock, even when no message arrives
    history_max_bytes: int = 2_048  # [D] longer payloads are not kept (1536 raw bytes in base64)
    state_max_bytes: int = 8_192  # [D]
    # [D] a payload that matches no case of a switch executes nothing. [U] what a message becomes
    # when its template could give values and gave none: a failed translation (raw message and
    # error log), or with False an empty object that counts as decoded.
    empty_translation_is_error: bool = True
    # [U] a message that the database does not accept gets 5.03 (RFC 7252, 5.9.3.4). This is how
    # long the backend tries: less than ACK_TIMEOUT (2 s), so that no device repeats before.
    store_patience_ms: int = 1_500
    store_retry_ms: int = 25  # [U] between two tries
    store_retry_after_s: int = 5  # [U] the Max-Age of that 5.03: when the device may ask again
    store_max_waiting: int = 1_024  # [U] messages that wait for their commit; one more gets 5.03

    def __post_init__(self) -> None:
        if self.coaps_device not in (BY_SOURCE, BY_IDENTITY):
            raise ValueError(f"coaps_device is {self.coaps_device!r}, not 'source' or 'identity'")
        if self.store_patience_ms < 0 or self.store_retry_ms < 1 or self.store_max_waiting < 1:
            raise ValueError(
                f"store_patience_ms {self.store_patience_ms}, store_retry_ms "
                f"{self.store_retry_ms} and store_max_waiting {self.store_max_waiting}: "
                "the patience must be at least 0, the others at least 1"
            )

    def addresses(self, network: NetworkSettings) -> list[Address]:
        """The addresses of the endpoints in that network."""
        return [
            Address(network.coap_host, self.coap_port),
            Address(network.coap_host, self.coaps_port),
            Address(network.udp_host, self.udp_port),
            Address(network.lwm2m_host, self.lwm2m.plain_port),
            Address(network.lwm2m_host, self.lwm2m.secure_port),
        ]
