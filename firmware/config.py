"""This device: the one file that a person edits. `settings_check.py` says what each may be.

A setting that is left out has its usual value; TOPIC then is None.
"""

# The SIM and the modem.
APN = "iot.1nce.net"
FAMILY = "ask"  # the modem is asked; or its family, such as "bg95", "sim7080", "nrf91"
RATS = ()  # radio access: of "LTE-M", "NB-IoT", "GSM", "LTE", "UMTS"; () is the modem's choice
BANDS = ()  # such as (3, 8, 20); () is the modem's choice
# Of the board "any" alone: {"uart": 1, "tx": 4, "rx": 5, "power_key": (14, 1)}, see boards/any.
PINS = None

# What it sends, and how.
BLUEPRINT = "coap"  # or "udp", "energy_saver", "gps", "sms", "low_power", "controller",
# "memfault", "ota", "lwm2m"
TRANSPORT = "coaps"  # CoAP over DTLS; "coap" is plain CoAP, "udp" is UDP
TEMPLATE = "blueprints.status_codec"  # a codec, or a template such as "template.json"; None: bytes
TOPIC = "status"  # None for none; UDP and SMS have none
INTERVAL_S = 3600  # from one record to the next

# What single blueprints need.
POSITIONS = "modem"  # of "gps": fixes of its receiver; "track": of a recorded walk
LISTEN_PORT = None  # of "udp", "controller": `readings.received` gets what comes; None: closed
SMS_NUMBER = "+882285000016868"  # of "sms": the SMS forwarder gets it, whatever it is
SMS_FROM = ()  # of "sms": whose commands `readings.received` gets, such as ("1234567",)
MENDER_HOST = "hosted.mender.io"  # of "ota"; or "eu.hosted.mender.io"
LWM2M_KEY = None  # of "lwm2m" with "coaps": the key set in 1NCE OS, as text; as bytes where by HEX
LWM2M_QUEUE_MODE = False  # of "lwm2m": the modem sleeps in between, by the settings below

# Power saving, which the blueprints "low_power" and "lwm2m" ask the network for.
PSM_UPDATE_S = 86_400  # the device updates its registration so often; None: no PSM
PSM_ACTIVE_S = 10  # it can be reached for so long after its last datagram
EDRX_S = None  # it listens so often; None: no eDRX
DEEP_SLEEP = False  # True: the board itself sleeps, too, and starts afresh for each record

# The flash.
FOLDER = ""  # where records, keys and log are kept, such as "/data"; "" is the working folder
OUTBOX_BYTES = 65_536  # for records that wait
LOG_BYTES = 8_192  # for the log; 0: none
