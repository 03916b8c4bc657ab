"""All services of 1NCE OS and Connect, made for one world.

services = Services(world, storage, settings)
services.start()
services.inspector.history(iccid)
services.close_services()
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nce_sim.account.schedule import DAY_MS
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import VirtualClock
from nce_sim.customers import Customers
from nce_sim.deliveries import Deliveries, Transport
from nce_sim.deliveries.carriers import transport_of
from nce_sim.deliveries.http import HttpTransport
from nce_sim.downlinks import Downlinks
from nce_sim.performance import Performance
from nce_sim.services.authenticator.imports import KeyImports
from nce_sim.services.authenticator.service import Authenticator
from nce_sim.services.clouds.service import CloudIntegrator
from nce_sim.services.device_integrator.service import DeviceIntegrator, Place
from nce_sim.services.energy_saver.service import EnergySaver
from nce_sim.services.inspector.retention import Retention
from nce_sim.services.inspector.service import Inspector
from nce_sim.services.logs.service import AdminLogs
from nce_sim.services.onboarding.service import Onboarding
from nce_sim.services.plugins.events import PluginEvents
from nce_sim.services.plugins.proxy import PartnerProxy
from nce_sim.services.plugins.service import Plugins
from nce_sim.services.settings.agreements import Agreements
from nce_sim.services.sims.composed import sims_of
from nce_sim.services.sims.exports import Exports
from nce_sim.services.sims.of_world import WorldOrganisations
from nce_sim.services.sims.records import SimRecords
from nce_sim.services.sims.service import Sims
from nce_sim.services.sms_forwarding.service import SmsForwarding
from nce_sim.services.streamer.feed import Feed
from nce_sim.services.streamer.records import Whose
from nce_sim.services.streamer.service import Streamer
from nce_sim.services.uplink import Integrator
from nce_sim.sim_card import SimCard
from nce_sim.sms.message_store import MessageStore
from nce_sim.storage import Storage, Work
from nce_sim.whereabouts import Whereabouts

if TYPE_CHECKING:
    from nce_sim.world import World

_KEY_BYTES = 32  # of what signs tokens and links


class Services(Customers):
    """The services as attributes; the endpoints come in front of them."""

    def __init__(
        self,
        world: World,
        storage: Storage,
        settings: BackendSettings,
        transport: Transport | None = None,
    ) -> None:
        super().__init__(world, storage, settings)
        organisation_id = world.settings.account.organisation_id
        self.performance = Performance(world.operator.cells, self.troubles, self.wall_ms)
        self.authenticator = Authenticator(
            self.random("backend.authenticator"),
            self.storage,
            self.settings.authenticator,
            devices=self.devices,
            wall_ms=self.wall_ms,
            epoch_ms=self.epoch_ms,
        )
        self.onboarding = Onboarding(
            self.storage, self.random("backend.onboarding"), self.wall_ms, self.settings.onboarding
        )
        self.agreements = Agreements(
            self.storage,
            self.wall_ms,
            organisation_id=organisation_id,
            has_accepted=self.settings.os.default_has_accepted,
        )
        self.energy_saver = EnergySaver(
            self.storage,
            self.random("backend.energy_saver"),
            self.wall_ms,
            self.settings.energy_saver,
            organisation_id=organisation_id,
            empty_is_error=self.settings.empty_translation_is_error,
        )
        self.logs = AdminLogs(
            self.storage,
            self.wall_ms,
            self.settings.logs,
            organisation_id=organisation_id,
            link_key=self.random("backend.links").randbytes(_KEY_BYTES),
            retention_ms=self.settings.history_retention_ms,
        )
        self.inspector = Inspector(
            self.storage,
            self.wall_ms,
            self.devices,
            organisation_id=organisation_id,
            token_key=self.random("backend.tokens").randbytes(_KEY_BYTES),
            history_max_bytes=self.settings.history_max_bytes,
            state_max_bytes=self.settings.state_max_bytes,
            retention_ms=self.settings.history_retention_ms,
        )
        self.integrator = Integrator(
            devices=self.devices,
            energy_saver=self.energy_saver,
            inspector=self.inspector,
            logs=self.logs,
            wall_ms=self.wall_ms,
            random=self.random("backend.ids"),
        )
        self.key_imports = KeyImports(
            self.storage,
            self.clock,
            self.random("backend.key_imports"),
            self.wall_ms,
            self.authenticator,
            self.intake.take,
            self.settings.authenticator,
        )
        self.sim_records = SimRecords(
            self.storage, self.saver, self.timeline, self.epoch_ms, self.settings.sims
        )
        self.sims = self._sims(world)
        self.sim_exports = Exports(self.storage, self.random("backend.exports"), self.wall_ms)
        self.device_integrator = DeviceIntegrator(
            self.storage,
            self._places(),
            self.customer_settings,
            self.settings.device_integrator,
        )
        self.deliveries = Deliveries(
            self.storage,
            self.clock,
            self.wall_ms,
            take=self.intake.take,
            transport=transport or transport_of(self.clock, self.settings.deliveries),
            timeline=self.timeline,
            random=self.random("backend.deliveries"),
            settings=self.settings.deliveries,
        )
        self.clouds = CloudIntegrator(
            self.storage,
            self.deliveries,
            self.clock,
            self.wall_ms,
            self.random("backend.clouds"),
            owners=self.devices,
            events=self.integrator,
            logs=self.logs,
            write=self.write,
            write_soon=self.write_soon,
            settings=self.settings.clouds,
        )
        self.integrator.keep(self.clouds.keep)
        self.streamer = Streamer(
            self.storage,
            self.deliveries,
            self.wall_ms,
            self.random("backend.streamer"),
            write_soon=self.write_soon,
            settings=self.settings.streamer,
        )
        self.saver.serve(self.streamer)
        self.sms_forwarding = SmsForwarding(
            self.storage,
            self.deliveries,
            self.wall_ms,
            self.epoch_ms,
            self.core,
            world.settings.sms,
            self.write_soon,
        )
        world.sms.forward_by(self.sms_forwarding)
        messages = MessageStore(
            self.storage,
            self.saver,
            self.wall_ms,
            epoch_ms=self.epoch_ms,
            kept_ms=world.settings.sms.kept_days * DAY_MS,
        )
        world.sms.restore(messages.messages(self.core.sim_of))
        world.sms.keep_in(messages)
        self._feed = Feed(
            self.timeline,
            self._whose,
            world.operator.carriers.get,
            self.epoch_ms,
            self.settings.streamer,
            self.streamer,
        )
        self.plugins = Plugins(
            self.storage, self.wall_ms, self.random("backend.plugins"), self.settings.plugins
        )
        self.plugin_events = PluginEvents(
            self.plugins,
            self.deliveries,
            self.wall_ms,
            self.random("backend.plugin_events"),
            owners=self.devices,
            logs=self.logs,
            offer=self.clouds.offer,
            write=self.write,
        )
        self.integrator.keep(self.plugin_events.keep)
        self.whereabouts = Whereabouts(
            self, self.customer_settings, self.integrator, self.logs, self.heard
        )
        self.locator = self.whereabouts.locator
        self._downlinks = Downlinks(
            self,
            endpoints=self.device_integrator,
            terms=self.agreements,
            keys=self.authenticator,
            integrator=self.integrator,
            locator=self.locator,
            inspector=self.inspector,
            heard=self.heard,
        )
        self.controller, self.lwm2m = self._downlinks.controller, self._downlinks.lwm2m
        self.outbound = self._downlinks.outbound
        self._retention = Retention(
            self.clock,
            (self.inspector, self.logs, self.locator),
            self.intake.take,
            self.wall_ms,
        )
        # A virtual world serves partners itself, and so does who hands a transport in.
        is_own = transport is not None or isinstance(self.clock, VirtualClock)
        self.partner_proxy = PartnerProxy(
            self.plugins,
            self.deliveries.transport if is_own else self._to_partners(),
            self.write_soon,
            self.random("backend.partners"),
            is_open=self.settings.plugins.reaches_internet or is_own,
        )

    def start(self) -> None:
        """Arm what is due; the endpoints are open."""
        super().start()
        self._retention.schedule()
        self._downlinks.start()
        self.deliveries.start()

    def close_services(self) -> None:
        """Commit what has arrived, and end what would still become due."""
        self.is_closed = True
        self.troubles.close()
        self.close_customers()
        self._downlinks.close()
        self._feed.close()
        self.whereabouts.close()
        self.deliveries.close()
        self.partner_proxy.close()
        self.outbound.close()
        try:
            self.intake.close()
        finally:
            self.saver.end()
            self.sim_records.close()
            self._retention.close()
            self.sims.close()
            self.key_imports.close()

    def heard(self) -> None:
        """A message is stored: it is dropped when its time is over."""
        self._retention.schedule()

    def _sims(self, world: World) -> Sims:
        account, timeline = world.account, world.timeline
        sims = sims_of(
            core=world.core,
            operator=world.operator,
            centre=world.sms,
            account=account,
            timeline=timeline,
            storage=self.storage,
            devices=self.devices,
            customer=account,
            records=self.sim_records,
            organisations=WorldOrganisations(self.organisations, self.transfer),
            orders=self.orders,
            settings=self.settings.sims,
            epoch_ms=self.epoch_ms,
            take=self.intake.take,
        )

        def arrived(organisation_id: int, iccid: str, work: Work) -> None:
            subscription = self.devices.subscription_of(iccid)
            if subscription is not None:
                sims.limits.apply(subscription, work)

        self.arrivals.keep(arrived)
        return sims

    def _whose(self, sim: SimCard) -> Whose:
        subscription = self.world.account.subscription(sim)
        return Whose(subscription, self.sims.names_of(subscription), self.core.address_of(sim))

    def _to_partners(self) -> Transport:
        # A stand-in is a developer's own server; the proxy goes to no host but the documented.
        settings = self.settings.deliveries
        allows = settings.allow_loopback or bool(self.settings.plugins.stand_ins)
        return HttpTransport(replace(settings, allow_loopback=allows))

    def _places(self) -> dict[str, Place]:
        network, ports = self.core.settings, self.settings
        coap, coaps = ports.coap_port, ports.coaps_port
        lwm2m = ports.lwm2m
        return {
            "COAP": Place("coap.os.1nce.com", (network.coap_host,), coap, coaps),
            "UDP": Place("udp.os.1nce.com", (network.udp_host,), ports.udp_port),
            "LWM2M": Place(
                lwm2m.domain, (network.lwm2m_host,), lwm2m.plain_port, lwm2m.secure_port
            ),
        }
