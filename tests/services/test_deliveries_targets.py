"""Where deliveries may not go: hostile URLs and hostile names, one a line."""

from __future__ import annotations

import asyncio
import random

import pytest

from nce_sim.deliveries.targets import TargetRefused, TargetRules

PUBLIC, LOOPBACK = TargetRules(), TargetRules(allow_loopback=True)

# Refused with loopback allowed as without.
NEVER = """
http://example.com/
ftp://example.com/
file:///etc/passwd
gopher://example.com/
javascript:alert(1)
//example.com/
example.com/hook
https://
https:///hook
https://user:secret@example.com/
https://example.com@127.0.0.1/
https://user@169.254.169.254/
https://example.com:0/
https://example.com:/
https://example.com:65536/
https://example.com:-1/
https://example.com:8x/
https://example.com\\@127.0.0.1/
https://exa mple.com/
https://example.com/\thook
https://example.com/\r\nHost:inside
https://exämple.com/
https://①②⑦.⓪.⓪.①/
https://127。0。0。1/
https://%31%32%37.0.0.1/
https://example.com%2f.inside/
https://intranet/
https://169.254.169.254/latest/meta-data/
https://169.254.169.254./
https://169.254.1.1/
https://100.100.100.200/
https://168.63.129.16/
https://192.0.0.192/
https://10.60.2.219/
https://10.0.0.1/
https://172.16.0.1/
https://172.31.255.255/
https://192.168.1.1/
https://100.64.0.1/
https://0.0.0.0/
https://0/
https://0.1.2.3/
https://198.18.0.1/
https://192.0.2.1/
https://203.0.113.7/
https://224.0.0.1/
https://239.255.255.250/
https://240.0.0.1/
https://255.255.255.255/
https://2852039166/
https://0xa9fea9fe/
https://0xA9.0xFE.0xA9.0xFE/
https://0251.0376.0251.0376/
https://169.254.43518/
https://2130706433/
https://0x7f000001/
https://0x7f.1/
https://017700000001/
https://0177.0.0.1/
https://127.1/
https://127.0.1/
https://010.0.0.1/
https://1.2.3.4.5/
https://256.1.1.1/
https://1.1.1.0x/
https://[::]/
https://[::ffff:169.254.169.254]/
https://[::ffff:a9fe:a9fe]/
https://[::ffff:10.0.0.1]/
https://[::ffff:0:0]/
https://[::169.254.169.254]/
https://[::7f00:1]/
https://[64:ff9b::a9fe:a9fe]/
https://[64:ff9b:1::1]/
https://[2002:7f00:1::]/
https://[2002:a9fe:a9fe::]/
https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/
https://[2001:db8::1]/
https://[fe80::1]/
https://[fe80::1%25eth0]/
https://[fec0::1]/
https://[fc00::1]/
https://[fd00:ec2::254]/
https://[ff02::1]/
https://[v1.x]/
https://[::1/
https://]/
""".strip("\n").split("\n")

ONLY_WITH_LOOPBACK = """
https://127.0.0.1/
https://127.0.0.1./
https://127.255.255.254:8443/
https://localhost/
https://LOCALHOST./
https://my.localhost/
https://[::1]:9000/
https://[::ffff:127.0.0.1]/
http://127.0.0.1:8080/hook
http://localhost:8080/hook
http://[::1]:8080/hook
""".strip().splitlines()

ALLOWED = {
    "https://example.com": ("example.com", 443, "/"),
    "HTTPS://Example.COM:8443/in?x=1#part": ("example.com", 8443, "/in?x=1"),
    "https://xn--exmple-cua.com/": ("xn--exmple-cua.com", 443, "/"),
    "https://a_b.example.com/:iccid:": ("a_b.example.com", 443, "/:iccid:"),
    "https://9.9.9.9/": ("9.9.9.9", 443, "/"),
    "https://[2606:4700:4700::1111]/": ("2606:4700:4700::1111", 443, "/"),
    "https://0x.example.com/": ("0x.example.com", 443, "/"),
}


@pytest.mark.parametrize("url", [*NEVER, "https://example.com/" + "a" * 2_048])
def test_a_hostile_url_is_refused_whatever_is_allowed(url):
    for rules in (PUBLIC, LOOPBACK):
        with pytest.raises(TargetRefused):
            rules.check(url)


@pytest.mark.parametrize("url", ONLY_WITH_LOOPBACK)
def test_loopback_wants_to_be_allowed(url):
    with pytest.raises(TargetRefused):
        PUBLIC.check(url)
    assert LOOPBACK.check(url).host in ("localhost", "my.localhost", "::1") or LOOPBACK.check(
        url
    ).host.startswith("127.")


@pytest.mark.parametrize("url", ALLOWED)
def test_a_public_https_url_is_taken_apart(url):
    target = PUBLIC.check(url)
    assert (target.host, target.port, target.path) == ALLOWED[url]


NAMES = [
    (["127.0.0.1"], False),
    (["169.254.169.254"], False),
    (["10.60.2.219"], False),
    (["::ffff:10.0.0.1"], False),
    (["fe80::1%eth0"], False),
    (["9.9.9.9", "192.168.0.1"], False),  # one of several
    ([], False),
    (["9.9.9.9", "1.1.1.1"], True),
]


@pytest.mark.parametrize(("addresses", "is_taken"), NAMES)
def test_a_name_is_as_good_as_its_addresses_and_is_asked_once(addresses, is_taken):
    asked = []

    async def look_up(host, port):
        asked.append((host, port))
        return addresses

    target = PUBLIC.check("https://cloud.example.com/in")
    if is_taken:
        address = asyncio.run(PUBLIC.resolve(target, look_up))
        assert target.at(address) == "https://9.9.9.9:443/in"
        assert target.authority == "cloud.example.com"
    else:
        with pytest.raises(TargetRefused):
            asyncio.run(PUBLIC.resolve(target, look_up))
    assert asked == [("cloud.example.com", 443)]


def test_an_address_is_not_looked_up():
    async def look_up(host, port):
        raise AssertionError("an address was looked up")

    assert asyncio.run(PUBLIC.resolve(PUBLIC.check("https://9.9.9.9/"), look_up)) == "9.9.9.9"


# How programs write one IPv4 address: (its four numbers) to text.
FORMS = (
    lambda a, b, c, d: f"{a}.{b}.{c}.{d}",
    lambda a, b, c, d: f"{a}.{b}.{c}.{d}.",
    lambda a, b, c, d: f"{a << 24 | b << 16 | c << 8 | d}",
    lambda a, b, c, d: f"{a << 24 | b << 16 | c << 8 | d:#x}",
    lambda a, b, c, d: f"0{a << 24 | b << 16 | c << 8 | d:o}",
    lambda a, b, c, d: f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
    lambda a, b, c, d: f"{a:#x}.{b:#x}.{c:#X}.{d:#x}",
    lambda a, b, c, d: f"{a}.{b << 16 | c << 8 | d}",
    lambda a, b, c, d: f"{a}.{b}.{c << 8 | d}",
    lambda a, b, c, d: f"[::ffff:{a}.{b}.{c}.{d}]",
    lambda a, b, c, d: f"[::{a}.{b}.{c}.{d}]",
    lambda a, b, c, d: f"[64:ff9b::{a}.{b}.{c}.{d}]",
    lambda a, b, c, d: f"[2002:{a << 8 | b:x}:{c << 8 | d:x}::1]",
)
INSIDE = ((10, 0), (172, 16), (172, 31), (192, 168), (169, 254), (100, 64), (0, 0), (127, 0))


def test_an_inside_address_is_refused_in_every_form_of_it():
    chance = random.Random(4)
    for first, second in INSIDE:
        for form in FORMS:
            host = form(first, second, chance.randrange(256), chance.randrange(256))
            with pytest.raises(TargetRefused):
                PUBLIC.check(f"https://{host}/")


def test_a_public_address_is_taken_in_its_usual_form_alone():
    for form in FORMS:
        host = form(9, 9, 9, 9)
        if host in ("9.9.9.9", "9.9.9.9.", "[::ffff:9.9.9.9]"):
            assert PUBLIC.check(f"https://{host}/").host == "9.9.9.9"
        else:
            with pytest.raises(TargetRefused):
                PUBLIC.check(f"https://{host}/")
