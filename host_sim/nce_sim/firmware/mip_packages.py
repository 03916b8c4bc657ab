"""The packages that `mip` installs: whole folders, and slices of them for boards with less flash.

    from nce_sim.firmware.mip_imports import portable_modules
    from nce_sim.firmware.tree import SOURCE_ROOT

    modules = portable_modules(SOURCE_ROOT)
    for package in packages(modules): print(package.name, package.files, package.deps)
    mistakes(modules)                       # [] as long as the table below fits the sources

A slice is a row: the modules a program imports, and the packages it builds on. Its files are what
those modules load, early or late, without the files of the packages below it, whose rows stand
above it. So every module is in exactly one package. A package of a whole folder depends on all its
slices and holds the rest.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from nce_sim.firmware.imports import FAMILIES
from nce_sim.firmware.mip_imports import Module, closure

MODEM = "nce-modem-core"


@dataclass(frozen=True)
class Slice:
    """A row of the table. `entries` is what a program imports, `deps` the packages below it."""

    name: str
    about: str
    entries: tuple[str, ...]
    deps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Package:
    """A package as it is published; `files` are the names of modules."""

    name: str
    about: str
    files: tuple[str, ...]
    deps: tuple[str, ...]


# An import package -> its whole folder's package, and what that needs beside its slices.
WHOLE = {
    "nce": ("nce", "The SDK: CoAP, DTLS, Device Authenticator, Device, outbox.", ("nce-bcl",)),
    "nce_bcl": ("nce-bcl", "The Energy Saver's codec.", ()),
    "nce_modem": ("nce-modem", "The modem driver with all families.", ()),
}

SLICES = (
    Slice("nce-core", "What the slices of the SDK share.",
          ("nce", "nce.clock", "nce.const", "nce.errors")),
    Slice("nce-coap", "CoAP client: requests, blocks, observation.",
          ("nce.coap.client", "nce.coap.transfer", "nce.coap.observe", "nce.coap.ping",
           "nce.coap.mid_store"), ("nce-core",)),
    Slice("nce-coap-server", "CoAP server: the device serves resources.",
          ("nce.coap.server", "nce.coap.site", "nce.coap.bodies", "nce.coap.observers"),
          ("nce-coap",)),
    Slice("nce-dtls", "DTLS 1.2 client with pre-shared keys.",
          ("nce.dtls.session", "nce.dtls.native"), ("nce-core",)),
    Slice("nce-outbox", "Records and values that outlive a power cut.",
          ("nce.outbox", "nce.folder", "nce.slots", "nce.file_system"), ("nce-core",)),
    Slice("nce-authenticate", "Keys from the Device Authenticator.",
          ("nce.authenticate",), ("nce-coap",)),
    Slice("nce-device", "Device: telemetry from power-on to acknowledged.",
          ("nce.device", "nce.datagram"), ("nce-authenticate", "nce-dtls")),
    Slice("nce-lwm2m", "LwM2M: the client's engine, payloads of every format.",
          ("nce.lwm2m", "nce.lwm2m.client", "nce.lwm2m.formats", "nce.lwm2m.link"),
          ("nce-coap-server",)),
    Slice("nce-lwm2m-objects", "LwM2M: OMA's objects, sensors, actuators, firmware update.",
          ("nce.lwm2m.sensors", "nce.lwm2m.light", "nce.lwm2m.buzzer", "nce.lwm2m.inputs",
           "nce.lwm2m.equipment", "nce.lwm2m.connectivity", "nce.lwm2m.statistics",
           "nce.lwm2m.cellular", "nce.lwm2m.location", "nce.lwm2m.firmware_update",
           "nce.lwm2m.objects.security", "nce.lwm2m.objects.server",
           "nce.lwm2m.objects.access_control"), ("nce-lwm2m",)),
    Slice("nce-lwm2m-device", "LwM2M from power-on to registered.",
          ("nce.lwm2m.device",), ("nce-lwm2m-objects", "nce-dtls")),
    Slice("nce-proxy", "HTTPS to Mender and Memfault through 1NCE OS's CoAP proxy.",
          ("nce.proxy",), ("nce-coap", "nce-dtls")),
    Slice(MODEM, "The AT driver without a family.", ("nce_modem", FAMILIES + ".secured",
          FAMILIES + ".tcp", FAMILIES + ".tcp_count", FAMILIES + ".tls")),
    Slice("nce-modem-sms", "Short messages.", ("nce_modem.sms",), (MODEM,)),
    Slice("nce-modem-bg95", "Quectel BG95.", (FAMILIES + ".quectel",), (MODEM,)),
    Slice("nce-modem-bg96", "Quectel BG96 and BG77.", (FAMILIES + ".quectel_bg96",),
          ("nce-modem-bg95",)),
    Slice("nce-modem-ec21", "Quectel's LTE Cat 1: EC21, EC25, EG91, EG95.",
          (FAMILIES + ".quectel_cat1",), ("nce-modem-bg95",)),
    Slice("nce-modem-simcom", "What SIMCom's families share.", (FAMILIES + ".simcom",), (MODEM,)),
    Slice("nce-modem-sim7080", "SIMCom SIM7070, SIM7080, SIM7090.", (FAMILIES + ".simcom7080",),
          ("nce-modem-simcom",)),
    Slice("nce-modem-sim7000", "SIMCom SIM7000.", (FAMILIES + ".simcom7000",),
          ("nce-modem-simcom",)),
    Slice("nce-modem-sim7600", "SIMCom SIM7600 and A76xx.", (FAMILIES + ".simcom7600",),
          ("nce-modem-simcom",)),
    Slice("nce-modem-sara", "u-blox SARA-R4 and SARA-R5.",
          (FAMILIES + ".ublox", FAMILIES + ".ublox5"), (MODEM,)),
    Slice("nce-modem-nrf91", "Nordic nRF91 with Serial Modem or SLM.",
          (FAMILIES + ".nordic", FAMILIES + ".nordic_slm"), (MODEM, "nce-modem-sms")),
    Slice("nce-modem-gm02s", "Sequans GM02S and GM02SP.", (FAMILIES + ".sequans",), (MODEM,)),
    Slice("nce-modem-gnss", "Positions from the modem's receiver, all families.",
          ("nce_modem.gnss",), (MODEM,)),
    Slice("nce-modem-power-saving", "PSM, eDRX and release assistance.",
          ("nce_modem.power_saving", "nce_modem.last_words", "nce_modem.kept_modem"), (MODEM,)),
    Slice("nce-modem-tls", "TLS over streams, and DTLS by the modem.",
          ("nce_modem.tls_mbed", "nce_modem.secure_streams", "nce_modem.secure"), (MODEM,)),
    Slice("nce-modem-board", "Boards of which pins are all there is.",
          ("nce_modem.pin_board",), (MODEM,)),
    Slice("nce-modem-doctor", "Why a modem does not attach, and what it measures.",
          ("nce_modem.doctor", "nce_modem.log", "nce_modem.cells", "nce_modem.connection"),
          (MODEM,)),
)  # fmt: skip


def packages(modules: Mapping[str, Module], slices: tuple[Slice, ...] = SLICES) -> list[Package]:
    """Every package, sorted by name."""
    owned = _owned(modules, slices)
    found = [
        Package(row.name, row.about, tuple(sorted(owned[row.name])), row.deps) for row in slices
    ]
    taken = frozenset[str]().union(*owned.values())
    for root, (name, about, others) in WHOLE.items():
        rest = sorted(
            module for module in modules if _root(module) == root and module not in taken
        )
        below = tuple(row.name for row in slices if _root(row.entries[0]) == root)
        found.append(Package(name, about, tuple(rest), (*below, *others)))
    found += _families(modules, found)
    return sorted(found, key=lambda package: package.name)


def mistakes(modules: Mapping[str, Module], slices: tuple[Slice, ...] = SLICES) -> list[str]:
    """What is wrong between the table and the sources; each says what to change."""
    told = []
    above: set[str] = set()
    for row in slices:
        told += [f"{row.name}: no row above it is {one}" for one in set(row.deps) - above]
        above.add(row.name)
        told += [
            f"{row.name}: there is no module {one}" for one in row.entries if one not in modules
        ]
    for module in modules.values():
        told += [
            f"{module.source}:{line}: it loads a module whose name is not written there; read it "
            "in nce_sim.firmware.mip_imports, or list the module in OPEN"
            for line in module.unread
        ]
    return told or _overlaps(modules, slices)


def _overlaps(modules: Mapping[str, Module], slices: tuple[Slice, ...]) -> list[str]:
    told = []
    owned = _owned(modules, slices)
    owner: dict[str, str] = {}
    for row in slices:
        for module in sorted(owned[row.name]):
            if module in owner:
                why = _reason(modules, row, module)
                told.append(
                    f"{module} would be in {owner[module]} and in {row.name}{why}; make one "
                    "depend on the other, or move it to a package that both depend on"
                )
            owner.setdefault(module, row.name)
        told += [
            f"{row.name}: {entry} is in a package below it already: that loads it now"
            for entry in row.entries
            if entry not in owned[row.name]
        ]
        needed = closure(modules, row.entries)
        told += [
            f"{row.name}: it needs nothing of {one}" for one in row.deps if not needed & owned[one]
        ]
    return told


def _owned(modules: Mapping[str, Module], slices: tuple[Slice, ...]) -> dict[str, frozenset[str]]:
    """The modules of each slice."""
    owned: dict[str, frozenset[str]] = {}
    carried: dict[str, frozenset[str]] = {}
    for row in slices:
        below = frozenset[str]().union(*(carried[one] for one in row.deps))
        own = closure(modules, row.entries) - below
        owned[row.name], carried[row.name] = own, own | below
    return owned


def _reason(modules: Mapping[str, Module], row: Slice, module: str) -> str:
    """Who of the slice's modules loads `module`."""
    loading = [name for name in closure(modules, row.entries) if module in modules[name].loads]
    return f" ({min(loading)} loads it)" if loading else ""


def _families(modules: Mapping[str, Module], found: list[Package]) -> list[Package]:
    """A package by the name of each modem family that no row is called by."""
    names = {package.name for package in found}
    owner = {module: package.name for package in found for module in package.files}
    made = []
    for room, families in _rooms(modules[FAMILIES]).items():
        for family in families:
            name = "nce-modem-" + family.lower().replace("_", "-")
            if name not in names:
                about = f"The driver for {family.replace('_', '-')}."
                made.append(Package(name, about, (), (owner[f"{FAMILIES}.{room}"],)))
    return made


def _rooms(module: Module) -> dict[str, list[str]]:
    """Module -> the families in it, from the driver's own table."""
    for node in ast.parse(module.source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FAMILIES":
            rows = [row.split(":") for row in str(ast.literal_eval(node.value)).split(",")]
            return {room: names.split() for room, names in rows}
    raise ValueError(f"{module.source} has no FAMILIES")


def _root(module: str) -> str:
    return module.partition(".")[0]
