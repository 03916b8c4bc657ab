"""The list of SIMs: its order, its filters, and what a page of ten thousand costs."""

import pytest

from nce_sim.endpoints.subscribers import Subscribers
from nce_sim.network.events import Events
from nce_sim.problems import Invalid
from nce_sim.services.sims.directory import Directory
from nce_sim.services.sims.sightings import Sightings
from nce_sim.world import World

OURS, THEIRS = 8_000_001, 8_000_002
BOTH = ("1.0", "2.0")


class Counted(Subscribers):
    """Devices that count how often all SIMs of an organisation are read."""

    reads = 0

    def iccids(self, organisation_id):
        self.reads += 1
        return super().iccids(organisation_id)


class Scene:
    def __init__(self, count):
        self.world = World(1)
        self.devices = Counted(self.world.core, self.world.account, self.world.timeline)
        self.directory = Directory(self.devices)
        self.sightings = Sightings(self.world.timeline, self.directory)
        self.sims = [self.world.add_sim() for _ in range(count)]
        self.iccids = [sim.iccid for sim in self.sims]

    def page(self, query=None, sort=None, page=1, page_size=10, of=OURS, platforms=BOTH):
        return self.directory.page(of, platforms, query, sort, page, page_size)

    def seen(self, sim, imei):
        self.world.account.seen(sim, imei)
        Events(self.world.timeline).emit("gprs_location", sim, sgsn="s", sgsn_ip="i", rat_type="r")


def test_a_page_is_cut_from_an_order_that_is_made_once():
    scene = Scene(500)
    first = scene.page()
    assert (first.items, first.total, first.pages) == (scene.iccids[:10], 500, 50)
    reads = scene.devices.reads
    for number in (2, 7, 50, 51):
        items = scene.page(page=number).items
        assert items == scene.iccids[(number - 1) * 10 : number * 10]
    assert scene.devices.reads == reads
    scene.iccids.append(scene.world.add_sim().iccid)
    assert scene.page(page=51).items == scene.iccids[-1:]


def test_addresses_are_sorted_as_numbers():
    scene = Scene(20)
    addresses = [scene.world.core.address_of(sim) for sim in scene.sims]
    assert addresses[9] == "10.160.0.10"
    assert scene.page(sort="ip_address", page_size=20).items == scene.iccids
    assert scene.page(sort="-ip_address").items == scene.iccids[:9:-1]


def test_an_order_by_imei_follows_devices():
    scene = Scene(4)
    scene.seen(scene.sims[3], "864480046854173")
    scene.seen(scene.sims[1], "864480046855173")
    order = [scene.iccids[number] for number in (0, 2, 3, 1)]  # without a device first
    assert scene.page(sort="imei").items == order
    assert scene.page(sort="-imei,ip_address").items == [
        scene.iccids[number] for number in (1, 3, 0, 2)
    ]
    scene.seen(scene.sims[3], "864480046856173")
    assert scene.page(sort="imei").items == [scene.iccids[number] for number in (0, 2, 1, 3)]
    reads = scene.devices.reads
    scene.seen(scene.sims[3], "864480046856173")
    scene.page(sort="imei")
    assert scene.devices.reads == reads  # it has only moved


def test_a_key_that_comes_again_decides_nothing_and_makes_no_order():
    scene = Scene(20)
    usual = scene.page(sort="-ip_address,imei")
    reads = scene.devices.reads
    assert scene.page(sort="-ip_address,imei,ip_address,-imei,imei,-ip_address") == usual
    assert scene.devices.reads == reads


def test_filters_name_the_imei_as_it_is_shown_or_as_the_device_says_it():
    scene = Scene(4)
    scene.seen(scene.sims[2], "864480046854173")
    for value in ("864480046854173", "8644800468541700"):
        assert scene.page(f"imei:{value}").items == [scene.iccids[2]]
    assert scene.page("imei:864480046854173,ip_address:10.160.0.3").items == [scene.iccids[2]]
    assert scene.page("imei:864480046854173,ip_address:10.160.0.2").total == 0
    scene.seen(scene.sims[2], "111110046854173")
    assert scene.page("imei:864480046854173").total == 0
    reads = scene.devices.reads
    assert scene.page("ip_address:10.160.0.3").items == [scene.iccids[2]]
    assert scene.page("ip_address:10.160.0.4").items == [scene.iccids[3]]
    assert scene.devices.reads == reads


def test_each_organisation_and_each_version_has_its_own_list():
    scene = Scene(4)
    scene.world.account.subscription(scene.sims[1]).organisation_id = THEIRS
    scene.world.account.subscription(scene.sims[2]).platform = "2.0"
    assert scene.page().items == [scene.iccids[number] for number in (0, 2, 3)]
    assert scene.page(platforms=("1.0",)).items == [scene.iccids[number] for number in (0, 3)]
    assert scene.page(of=THEIRS).items == [scene.iccids[1]]
    assert scene.page("ip_address:10.160.0.2").total == 0
    assert scene.page(of=8_000_003).total == 0


def test_a_deleted_sim_is_on_no_list():
    scene = Scene(2)
    assert scene.page().total == 2
    scene.world.advance((3_652 + 549) * 86_400_000)
    assert scene.page().total == 0


@pytest.mark.parametrize("sort", ["label", "-", "imei,", "ip_address,,imei", "imei;ip_address"])
def test_an_unknown_key_is_named_with_the_choices(sort):
    with pytest.raises(Invalid, match="imei or ip_address"):
        Scene(1).page(sort=sort)


@pytest.mark.parametrize("query", ["imei", "imei:", ":", "label:a", "imei:1,,", "imei=1"])
def test_a_wrong_filter_is_refused_with_an_example(query):
    with pytest.raises(Invalid, match="ip_address:10"):
        Scene(1).page(query)
