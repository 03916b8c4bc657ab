from nce.coap.client import CoapClient as CoapClient
from nce.coap.server import CoapServer as CoapServer
from nce.credentials import Credentials as Credentials
from nce.credentials import parse_credentials as parse_credentials
from nce.datagram import open_datagram as open_datagram
from nce.device import ACKNOWLEDGED as ACKNOWLEDGED
from nce.device import UNPROVEN as UNPROVEN
from nce.device import Delivery as Delivery
from nce.device import Device as Device
from nce.device import Undelivered as Undelivered
from nce.dtls.session import DtlsPort as DtlsPort
from nce.errors import NceError as NceError
from nce.errors import NetworkError as NetworkError
from nce.errors import PeerError as PeerError
from nce.errors import UsageError as UsageError
from nce.folder import Folder as Folder
from nce.outbox import Outbox as Outbox
from nce.outbox import OutboxFull as OutboxFull
from nce.refusals import BootstrapRefused as BootstrapRefused
from nce.refusals import Refused as Refused
from nce.slots import Slots as Slots

__version__: str
