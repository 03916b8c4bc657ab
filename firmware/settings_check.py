"""Reads `config.py` and names each wrong value, all of them at once, with what is allowed.

    settings, mistakes = read(config)
    mistakes                # ["INTERVAL_S is 5: give whole seconds from 10 to 604800", ...]
    settings.INTERVAL_S     # when there are none

`config` is a module, or anything with the settings as attributes. What is checked here raises
nothing later.
"""

from nce.energy_saver import topic_query
from nce_modem.at import parameter
from nce_modem.families import FAMILIES
from nce_modem.timers import encode_active_time, encode_edrx_cycle, encode_periodic_tau
from record_template import template_of

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any

BLUEPRINTS = (
    "coap",
    "udp",
    "energy_saver",
    "gps",
    "sms",
    "low_power",
    "controller",
    "memfault",
    "ota",
    "lwm2m",
)
SECRETS = ("LWM2M_KEY",)
MENDER_HOSTS = ("hosted.mender.io", "eu.hosted.mender.io")  # 1NCE OS knows no other
TRANSPORTS = ("coaps", "coap", "udp")
POSITIONS = ("modem", "track")
TEMPLATES_OF_ENERGY_SAVER = ("blueprints.status_codec", "blueprints.environment_codec")
RATS = ("LTE-M", "NB-IoT", "GSM", "LTE", "UMTS")
LEAST_INTERVAL_S = 10
WEEK_S = 604_800
MOST_SHOWN = 60  # characters of a wrong value


class Settings:
    """The settings of a device, each under its name in `config.py`."""

    if 1 - 1:
        APN: "str"
        FAMILY: "str"
        RATS: "tuple[str, ...]"
        BANDS: "tuple[int, ...]"
        PINS: "dict[str, Any] | None"
        BLUEPRINT: "str"
        TRANSPORT: "str"
        TEMPLATE: "str | None"
        TOPIC: "str | None"
        INTERVAL_S: "int"
        POSITIONS: "str"
        LISTEN_PORT: "int | None"
        SMS_NUMBER: "str"
        SMS_FROM: "tuple[str, ...]"
        MENDER_HOST: "str"
        LWM2M_KEY: "str | bytes | None"
        LWM2M_QUEUE_MODE: "bool"
        PSM_UPDATE_S: "int | None"
        PSM_ACTIVE_S: "int"
        EDRX_S: "int | None"
        DEEP_SLEEP: "bool"
        FOLDER: "str"
        OUTBOX_BYTES: "int"
        LOG_BYTES: "int"


def read(config: "Any") -> "tuple[Settings, list[str]]":
    """`(settings, mistakes)`; with mistakes the settings are no use."""
    settings = Settings()
    mistakes = []
    for name, default, check, allowed in ROWS:
        value = getattr(config, name, default)
        setattr(settings, name, value)
        if not _passes(check, value):
            shown = "no key" if name in SECRETS else _shown(value)
            mistakes.append("%s is %s: give %s" % (name, shown, allowed))
    for name in sorted(dir(config)):
        if name.isupper() and name[0] != "_" and name not in NAMES:
            mistakes.append("%s is no setting; they are %s" % (name, ", ".join(NAMES)))
    if not mistakes:
        mistakes = _together(settings)
    return settings, mistakes


# Checks: whether a value is allowed. One that raises says no.


def _passes(check: "Any", value: object) -> bool:
    try:
        return bool(check(value))
    except (ValueError, TypeError, OSError, AttributeError, ImportError):
        return False


def _is_whole(value: object, least: int, most: int) -> bool:
    is_number = isinstance(value, int) and value is not True and value is not False
    return is_number and least <= value <= most  # type: ignore[operator]


def _is_apn(value: "Any") -> bool:
    return bool(parameter.apn(value))


def families() -> "list[str]":
    """The names of the families, as they are written here."""
    names: "list[str]" = []
    for row in FAMILIES.split(","):
        names.extend(row.partition(":")[2].lower().replace("_", "-").split(" "))
    return names


def _is_family(value: "Any") -> bool:
    return value == "ask" or value.lower().replace("_", "-") in families()


def _are_rats(value: "Any") -> bool:
    return isinstance(value, tuple) and all([each in RATS for each in value])


def _are_bands(value: "Any") -> bool:
    return isinstance(value, tuple) and all([_is_whole(each, 1, 256) for each in value])


def _are_pins(value: "Any") -> bool:
    # The board itself checks more: boards/any/board.py.
    return value is None or (isinstance(value, dict) and "uart" in value)


def _is_topic(value: "Any") -> bool:
    topic_query(value)
    return True


def _is_template(value: "Any") -> bool:
    return value is None or template_of(value) is not None


def _is_interval(value: object) -> bool:
    return _is_whole(value, LEAST_INTERVAL_S, WEEK_S)


def _is_update(value: "Any") -> bool:
    return value is None or (_is_whole(value, 2, 35_712_000) and bool(encode_periodic_tau(value)))


def _is_active(value: "Any") -> bool:
    return _is_whole(value, 0, 11_160) and bool(encode_active_time(value))


def _is_cycle(value: "Any") -> bool:
    return value is None or (_is_whole(value, 5, 2_621) and bool(encode_edrx_cycle(value)))


def _is_switch(value: object) -> bool:
    return value is True or value is False


def _is_folder(value: "Any") -> bool:
    return isinstance(value, str) and (value == "" or value[0] == "/")


def _is_outbox(value: object) -> bool:
    return _is_whole(value, 16_384, 16_777_216)


def _is_log(value: object) -> bool:
    return value == 0 or _is_whole(value, 1_024, 1_048_576)


def _is_blueprint(value: object) -> bool:
    return value in BLUEPRINTS


def _is_transport(value: object) -> bool:
    return value in TRANSPORTS


def _are_positions(value: object) -> bool:
    return value in POSITIONS


def _is_port(value: object) -> bool:
    return value is None or _is_whole(value, 1, 65_535)


def _is_mender(value: object) -> bool:
    return value in MENDER_HOSTS


def _is_key(value: "Any") -> bool:
    # The Management API takes 8 to 256 characters; of HEX, the bytes that they stand for.
    if value is None:
        return True
    least, most = (4, 128) if isinstance(value, bytes) else (8, 256)
    return isinstance(value, (str, bytes)) and least <= len(value) <= most


def _is_number(value: "Any") -> bool:
    digits = value[value[:1] == "+" :]
    return isinstance(value, str) and 0 < len(digits) <= 20 and not digits.strip("0123456789")


def _are_senders(value: "Any") -> bool:
    """Numbers, or names of 11 characters as the alphabet of GSM has them."""
    return isinstance(value, tuple) and all(
        [isinstance(each, str) and 0 < len(each) <= 21 for each in value]
    )


# Name, value when it is left out, check, and what is allowed, in words.
ROWS = (
    ("APN", "iot.1nce.net", _is_apn, "labels of letters, digits and hyphens, with dots between"),
    ("FAMILY", "ask", _is_family, '"ask" or one of ' + ", ".join(families())),
    ("RATS", (), _are_rats, "a tuple of " + ", ".join(RATS)),
    ("BANDS", (), _are_bands, "a tuple of whole numbers from 1 to 256"),
    ("PINS", None, _are_pins, 'None, or such as {"uart": 1, "tx": 4, "rx": 5}'),
    ("BLUEPRINT", "coap", _is_blueprint, "one of " + ", ".join(BLUEPRINTS)),
    ("TRANSPORT", "coaps", _is_transport, "one of " + ", ".join(TRANSPORTS)),
    (
        "TEMPLATE",
        "blueprints.status_codec",
        _is_template,
        "the path of a template (.json), the name of a compiled codec, or None",
    ),
    ("TOPIC", None, _is_topic, "1 to 253 letters, digits, _ and / (no //), or None"),
    ("INTERVAL_S", 3600, _is_interval, "whole seconds from 10 to 604800 (a week)"),
    ("POSITIONS", "modem", _are_positions, "one of " + ", ".join(POSITIONS)),
    ("LISTEN_PORT", None, _is_port, "1 to 65535, or None"),
    ("SMS_NUMBER", "+882285000016868", _is_number, "1 to 20 digits as text, + in front or not"),
    ("SMS_FROM", (), _are_senders, "a tuple of the senders that are believed, as text"),
    ("MENDER_HOST", MENDER_HOSTS[0], _is_mender, "one of " + ", ".join(MENDER_HOSTS)),
    ("LWM2M_KEY", None, _is_key, "8 to 256 characters as text, 4 to 128 bytes, or None"),
    ("LWM2M_QUEUE_MODE", False, _is_switch, "True or False"),
    ("PSM_UPDATE_S", 86_400, _is_update, "whole seconds from 2 to 35712000, or None"),
    ("PSM_ACTIVE_S", 10, _is_active, "whole seconds from 0 to 11160"),
    ("EDRX_S", None, _is_cycle, "whole seconds from 5 to 2621, or None"),
    ("DEEP_SLEEP", False, _is_switch, "True or False"),
    ("FOLDER", "", _is_folder, 'an absolute path, or "" for the working folder'),
    ("OUTBOX_BYTES", 65_536, _is_outbox, "16384 to 16777216"),
    ("LOG_BYTES", 8_192, _is_log, "1024 to 1048576, or 0 for no log"),
)
NAMES = tuple([row[0] for row in ROWS])


def _together(settings: "Settings") -> "list[str]":
    """Mistakes of settings that are right one by one."""
    mistakes = []
    blueprint, template = settings.BLUEPRINT, settings.TEMPLATE
    way = {"udp": "UDP", "sms": "SMS"}.get(blueprint, "")
    if not way and settings.TRANSPORT == "udp":
        way = "UDP"
        if blueprint == "coap":
            mistakes.append("TRANSPORT is 'udp': give the blueprint udp, or coaps or coap")
    if way and settings.TOPIC is not None:
        mistakes.append("TOPIC is %s: %s carries none, give None" % (_shown(settings.TOPIC), way))
    if settings.DEEP_SLEEP and blueprint != "low_power":
        mistakes.append('DEEP_SLEEP is True: only the blueprint "low_power" has it, give False')
    if blueprint == "controller" and settings.LISTEN_PORT is None:
        mistakes.append("LISTEN_PORT is None: the blueprint controller serves a port, give 3000")
    if blueprint == "ota" and settings.TRANSPORT != "coaps":
        mistakes.append(
            "TRANSPORT is %s: what names an update must be secure, give coaps"
            % _shown(settings.TRANSPORT)
        )
    if blueprint == "lwm2m" and settings.TRANSPORT == "udp":
        mistakes.append("TRANSPORT is 'udp': the blueprint lwm2m needs coaps or coap")
    if blueprint == "lwm2m" and settings.TRANSPORT == "coaps" and settings.LWM2M_KEY is None:
        mistakes.append(
            "LWM2M_KEY is None: give the key that you set for LwM2M in 1NCE OS, or TRANSPORT coap"
        )
    if blueprint == "gps" and not _passes(_takes_fix, template):
        mistakes.append(
            "TEMPLATE is %s: a position needs blueprints.gps_codec, or a template of the same "
            "assets" % _shown(template)
        )
    if blueprint == "energy_saver" and template not in TEMPLATES_OF_ENERGY_SAVER:
        mistakes.append(
            "TEMPLATE is %s: the blueprint energy_saver needs %s"
            % (_shown(template), " or ".join(TEMPLATES_OF_ENERGY_SAVER))
        )
    return mistakes


def _takes_fix(template: "Any") -> bool:
    from gps_track import record

    fields = ["1970-01-01 00:00:00", "0", "0", "5", "0", "0", "0", "0", "4", "4"]
    return bool(template_of(template).encode(record(fields)))


def _shown(value: object) -> str:
    text = "%r" % (value,)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "..."
