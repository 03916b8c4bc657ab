"""What holds whatever happens: seeded worlds in which everything is done at random."""

import pytest

from nce_sim.link_profile import LinkProfile
from nce_sim.network.causes import AttachRejected, PdpRejected
from nce_sim.network.internet import Breakout
from nce_sim.settings import AccountSettings, CellSettings, NetworkSettings, RoamingRule, Settings
from nce_sim.sms.centre import SmsNotAccepted, SmsRejected
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE, HOST = Address("10.60.2.239", 4445), Address("203.0.113.7", 7)
HELLO = bytes.fromhex("11000B916407281553F80000AA0AE8329BFD4697D9EC37")
ROUGH = LinkProfile("rough", (10, 900), loss=0.1, duplication=0.1, reordering=0.1)
IMEIS = ("352009111891510", "358888888888888", None)
REFUSALS = (AttachRejected, PdpRejected, SmsRejected, SmsNotAccepted)

RARE = (
    "do_auto",
    "do_breakout",
    "do_disable",
    "do_extend",
    "do_limit",
    "do_lock",
    "do_reset",
    "do_top_up",
)


class Chaos:
    """Two SIMs with three sessions each at most, and a hand that does one thing at a time."""

    def __init__(self, seed, rounding):
        self.world = world = World(
            seed,
            settings=Settings(
                network=NetworkSettings(buffered_in_psm=seed % 3),
                cell=CellSettings(link=ROUGH),
                more_cells=(CellSettings(rat="2G"), CellSettings(rat="NB-IoT", plmn="26202")),
                roaming={"26202": RoamingRule(rats=("NB-IoT",) if seed % 2 else ("LTE",))},
                account=AccountSettings(
                    data_volume=8_000,
                    sms_volume=8,
                    lifetime_days=6,
                    session_rounding=rounding,
                ),
            ),
        )
        self.random = world.random("chaos")
        self.sims = [world.add_sim(), world.add_sim()]
        self.sessions = []
        self.delivered_to_closed = 0
        self.billed = dict.fromkeys(self.sims, 0)
        for address in (SERVICE, HOST):
            listen = world.core.listen if address is SERVICE else world.core.internet.listen
            listen(address, self.answer)
        world.timeline.subscribe(self.count)

    def answer(self, datagram):
        back = Datagram(datagram.destination, datagram.source, datagram.payload * 2)
        is_service = datagram.destination == SERVICE
        (self.world.core if is_service else self.world.core.internet).send(back)

    def count(self, record):
        if record.kind == "usage" and record.fields["traffic_type"] == "Data":
            self.billed[record.subject.sim] += record.fields["total"]

    def step(self):
        names = [name for name in dir(self) if name.startswith("do_")]
        weights = [1 if name in RARE else 6 for name in names]
        [name] = self.random.choices(names, weights)
        try:
            getattr(self, name)(self.random.choice(self.sims))
        except REFUSALS:
            pass
        self.world.advance(self.random.choice((0, 50, 5_000, 900_000, 7_200_000)))
        self.sessions = [session for session in self.sessions if session.is_open]

    def do_attach(self, sim):
        operator, held = self.world.operator, []
        cells = operator.select()
        if not cells:
            return

        def deliver(datagram):
            self.delivered_to_closed += not held[0].is_open

        session = operator.attach(
            sim,
            self.random.choice(cells),
            "iot.1nce.net",
            deliver=deliver,
            on_closed=lambda reason: None,
            imei=self.random.choice(IMEIS),
        )
        held.append(session)
        self.sessions.append(session)

    do_attach_again = do_attach

    def do_send(self, sim):
        for session in self.sessions:
            payload = bytes(self.random.randrange(1_000))
            destination = self.random.choice((SERVICE, HOST))
            session.send(Datagram(Address(session.host, 5_000), destination, payload))

    do_send_more = do_send_still_more = do_send

    def do_resolve(self, sim):
        for session in self.sessions:
            if session.is_open:
                session.resolve("udp.os.1nce.com", lambda addresses: None)

    def do_close(self, sim):
        if self.sessions:
            self.random.choice(self.sessions).close()

    def do_sleep_or_wake(self, sim):
        for session in self.sessions:
            (session.wake if session.is_asleep else session.sleep)()

    def do_move(self, sim):
        registration = self.world.operator.registration_of(sim)
        cells = self.world.operator.select()
        if registration is not None and cells:
            registration.move_to(self.random.choice(cells))

    def do_hole(self, sim):
        self.random.choice(self.world.operator.cells).schedule_holes([(0, 600_000)])

    def do_mo(self, sim):
        self.world.operator.sms.submit(sim, HELLO)

    def do_mt(self, sim):
        self.world.operator.sms.attach_receiver(sim, lambda octets: None)
        self.world.operator.sms.send_mt(sim, "hello")

    def do_top_up(self, sim):
        self.world.account.top_up(sim)

    def do_auto(self, sim):
        self.world.account.set_auto_top_up(sim, self.random.random() < 0.5)

    def do_knock(self, sim):
        stranger = Address("203.0.113.99", 1)
        public = Address("198.51.100.1", self.random.choice((19_999, 20_000, 20_001)))
        self.world.core.internet.send(Datagram(stranger, public, b"let me in"))

    def do_limit(self, sim):
        volume = self.random.choice((None, 5_000, 50_000))
        self.world.account.set_limit(sim, "data", volume)

    def do_lock(self, sim):
        self.world.account.lock_imei(sim)

    def do_unlock(self, sim):
        self.world.account.unlock_imei(sim)

    def do_disable(self, sim):
        self.world.set_sim_enabled(sim, False)

    def do_enable(self, sim):
        for each in self.sims:
            self.world.set_sim_enabled(each, True)

    def do_reset(self, sim):
        self.world.account.reset_connection(sim)

    def do_extend(self, sim):
        if not self.world.account.subscription(sim).is_deleted:
            self.world.account.extend(sim)

    def do_breakout(self, sim):
        region = self.random.choice(("Frankfurt", "Tokyo"))
        self.world.core.internet.breakout = Breakout("Manual", region)


def run(seed, rounding=1):
    chaos = Chaos(seed, rounding)
    taken = dict.fromkeys(chaos.sims, 0)
    core = chaos.world.core
    count_data = core.account.count_data

    def counting(sim, amount, limit=None):
        taken[sim] += amount
        count_data(sim, amount, limit)

    core.account.count_data = counting
    for _ in range(600):
        chaos.step()
        for sim in chaos.sims:
            session = core.session_of(sim)
            quota = core.account.subscription(sim).data
            assert 0 <= quota.remaining <= quota.total
            assert session is None or (sim.is_enabled and quota.remaining > 0)
            assert chaos.world.operator.status_of(sim) in ("OFFLINE", "ATTACHED", "ONLINE")
    for sim in chaos.sims:
        core.drop_sessions(sim)
    chaos.world.advance(86_400_000)
    return chaos, taken


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_the_books_agree_and_nothing_is_given_away(seed):
    chaos, taken = run(seed, rounding=(1, 1_000)[seed % 2])
    # Every byte that was taken off a quota is in a usage record, and the other way round.
    assert chaos.billed == taken
    assert chaos.delivered_to_closed == 0
    text = "\n".join(map(str, chaos.world.timeline.records()))
    for sim in chaos.sims:
        for number in (sim.iccid, sim.imsi, sim.msisdn, IMEIS[0]):
            assert number not in text


def test_chaos_leaves_nothing_out():
    seen = set()
    for seed in range(12):
        timeline = run(seed)[0].world.timeline
        seen |= {record.fields["type"] for record in timeline.records(kind="event")}
        seen |= {record.fields["fate"] for record in timeline.records(kind="datagram")}
        seen |= {record.fields["reason"] for record in timeline.records(kind="dropped")}
    assert {0, 1, 2, 3, 4, 5, 8, 9, 15, 16, 18, 19, 20, 21, 56, 58, 60, 61} <= seen
    assert {"sent", "lost", "duplicated", "reordered", "asleep", "kept", "no_coverage"} <= seen
    assert {"no NAT binding", "not the latest session of its SIM"} <= seen


def test_chaos_is_the_same_for_the_same_seed():
    assert run(3)[0].world.timeline.hash() == run(3)[0].world.timeline.hash()
