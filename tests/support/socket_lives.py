"""A socket's life on every family, byte for byte: what a host sends, and all that comes."""

from nce_sim.ports.typist import Typist
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)
SOMEBODY = Address("10.60.2.242", 40_001)


def attached(family: str, *, echo: bool = False) -> Typist:
    world = World(seed=1)
    typist = Typist(world, world.add_modem(world.add_sim(), family))

    def answer(datagram: Datagram) -> None:
        world.core.send(Datagram(datagram.destination, datagram.source, datagram.payload))

    world.core.listen(SERVICE, answer)
    typist.attach()
    if echo:
        typist.ask("ATE1")
    world.advance(1_000)
    typist.take()
    return typist


# From a datagram's first command to the end of its socket: (what the host sends, all that comes).
# The service echoes; the payload is full of what a parser could stumble over.
AWKWARD = b'a"OK"\r\n> \r\n@+CEREG: 0,'
N = len(AWKWARD)
OK = b"\r\nOK\r\n"
LIVES = {
    "bg95": [
        (b"AT+QISDE=0\r", OK),
        (b"AT+QIACT=1\r", OK),
        (b'AT+QIOPEN=1,3,"UDP","udp.os.1nce.com",4445,0,0\r', OK + b"\r\n+QIOPEN: 3,0\r\n"),
        (b"AT+QISEND=3,%d\r" % N, b"\r\n> "),
        (AWKWARD, b'\r\nSEND OK\r\n\r\n+QIURC: "recv",3\r\n'),
        (b"AT+QIRD=3,1500\r", b"\r\n+QIRD: %d\r\n" % N + AWKWARD + b"\r\n" + OK),
        (b"AT+QIRD=3,1500\r", b"\r\n+QIRD: 0\r\n" + OK),
        (b"AT+QICLOSE=3\r", OK),
    ],
    "sim7080": [
        (b'AT+CNCFG=0,1,"iot.1nce.net"\r', OK),
        (b"AT+CNACT=0,1\r", OK + b"\r\n+APP PDP: 0,ACTIVE\r\n"),
        (b"AT+CACID=0\r", OK),
        (b'AT+CAOPEN=0,0,"UDP","udp.os.1nce.com",4445\r', b"\r\n+CAOPEN: 0,0\r\n" + OK),
        (b"AT+CASEND=0,%d\r" % N, b"\r\n>"),
        (AWKWARD, OK + b"\r\n+CADATAIND: 0\r\n"),
        (b"AT+CARECV=0,512\r", b"\r\n+CARECV: %d,%b\r\n" % (N, AWKWARD) + OK),
        (b"AT+CARECV=0,512\r", b"\r\n+CARECV: 0\r\n" + OK),
        (b"AT+CACLOSE=0\r", OK),
        (b"AT+CARECV=0,512\r", b"\r\nERROR\r\n"),
    ],
    "sim7000": [
        (b'AT+CSTT="iot.1nce.net","",""\r', OK),
        (b"AT+CIICR\r", OK),
        (b"AT+CIFSR\r", b"\r\n10.160.0.1\r\n"),
        (b"AT+CIFSR;E0\r", b"\r\n10.160.0.1\r\n" + OK),
        (b"AT+CIPRXGET=1\r", OK),
        (b'AT+CIPSTART="UDP","udp.os.1nce.com",4445\r', OK + b"\r\nCONNECT OK\r\n"),
        (b"AT+CIPSEND=%d\r" % N, b"\r\n> "),
        (AWKWARD, b"\r\nSEND OK\r\n\r\n+CIPRXGET: 1\r\n"),
        (b"AT+CIPRXGET=4\r", b"\r\n+CIPRXGET: 4,%d\r\n" % N + OK),
        (b"AT+CIPRXGET=2,4\r", b"\r\n+CIPRXGET: 2,4,%d\r\n" % (N - 4) + AWKWARD[:4] + OK),
        (b"AT+CIPRXGET=2,999\r", b"\r\n+CIPRXGET: 2,%d,0\r\n" % (N - 4) + AWKWARD[4:] + OK),
        (b"AT+CIPCLOSE\r", b"\r\nCLOSE OK\r\n"),
        (b"AT+CIPSHUT\r", b"\r\nSHUT OK\r\n"),
        (b"AT+CIPSTATUS\r", OK + b"\r\nSTATE: IP INITIAL\r\n"),
    ],
    # A76XX TCP/IP application note V1.00, 3.3.2, and AT manual V1.09, 15.2.
    "a7672": [
        (b'AT+CIPOPEN=1,"UDP",,,5000\r', b"\r\n+CIPOPEN: 1,2\r\n\r\nERROR\r\n"),
        (b"AT+IPADDR\r", b"\r\n+IP ERROR: Network not opened\r\n\r\nERROR\r\n"),
        (b"AT+CIPCCFG=10,0,0,1,0,0,500,1\r", OK),
        (b"AT+NETOPEN\r", OK + b"\r\n+NETOPEN: 0\r\n"),
        (b"AT+NETOPEN\r", b"\r\n+IP ERROR: Network is already opened\r\n\r\nERROR\r\n"),
        (b"AT+IPADDR\r", b"\r\n+IPADDR: 10.160.0.1\r\n" + OK),
        (
            b'AT+CDNSGIP="udp.os.1nce.com"\r',
            b'\r\n+CDNSGIP: 1,"udp.os.1nce.com","10.60.2.239"\r\n' + OK,
        ),
        (b"AT+CIPRXGET=1\r", OK),
        (b'AT+CIPOPEN=1,"UDP",,,5000\r', b"\r\n+CIPOPEN: 1,0\r\n" + OK),
        (b'AT+CIPSEND=1,%d,"10.60.2.239",4445\r' % N, b"\r\n>"),
        # The payload comes back until AT+CIPCFG="DATAECHO",OFF.
        (AWKWARD, AWKWARD + OK + b"\r\n+CIPSEND: 1,%d,%d\r\n\r\n+CIPRXGET: 1,1\r\n" % (N, N)),
        (b'AT+CIPCFG="DATAECHO",OFF\r', OK),
        (b"AT+CIPRXGET=4,1\r", b"\r\n+CIPRXGET: 4,1,%d\r\n" % N + OK),
        (
            b"AT+CIPRXGET=2,1,5\r",
            b"\r\n+CIPRXGET: 2,1,5,%d\r\n" % (N - 5) + AWKWARD[:5] + b"\r\n" + OK,
        ),
        (
            b"AT+CIPRXGET=3,1,2\r",
            b"\r\n+CIPRXGET: 3,1,2,%d\r\n" % (N - 7)
            + AWKWARD[5:7].hex().upper().encode()
            + b"\r\n"
            + OK,
        ),
        (
            b"AT+CIPRXGET=2,1\r",
            b"\r\n+CIPRXGET: 2,1,%d,0\r\n" % (N - 7) + AWKWARD[7:] + b"\r\n" + OK,
        ),
        (b"AT+CIPRXGET=2,1\r", b"\r\n+IP ERROR: No data\r\n\r\nERROR\r\n"),
        (b'AT+CIPSEND=1,,"10.60.2.239",4445\r', b"\r\n>"),
        (b"ab\x1a", OK + b"\r\n+CIPSEND: 1,2,2\r\n\r\n+CIPRXGET: 1,1\r\n"),
        (b"AT+CIPCLOSE?\r", b"\r\n+CIPCLOSE: 0,1,0,0,0,0,0,0,0,0\r\n" + OK),
        (b"AT+CIPCLOSE=1\r", b"\r\n+CIPCLOSE: 1,0\r\n" + OK),
        (b"AT+CIPRXGET=4,1\r", b"\r\n+IP ERROR: Connection is not created\r\n\r\nERROR\r\n"),
        (b"AT+NETCLOSE\r", OK + b"\r\n+NETCLOSE: 0\r\n"),
        (b"AT+NETCLOSE\r", b"\r\n+NETCLOSE: 2\r\n\r\nERROR\r\n"),
    ],
    "sim7600": [
        (b"AT+CIPCCFG=10,0,0,1,0,0,500,1\r", b"\r\nERROR\r\n"),
        (b"AT+CIPRXGET=1\r", OK),
        (b"AT+NETOPEN\r", OK + b"\r\n+NETOPEN: 0\r\n"),
        (b'AT+CIPOPEN=1,"UDP",,,5000\r', OK + b"\r\n+CIPOPEN: 1,0\r\n"),
        (b'AT+CIPSEND=1,2,"10.60.2.239",4445\r', b"\r\n>"),
        (b"ab", b"ab" + OK + b"\r\n+CIPSEND: 1,2,2\r\n\r\n+CIPRXGET: 1,1\r\n"),
        (b"AT+CIPRXGET=2,1,1500\r", b"\r\n+CIPRXGET: 2,1,2,0\r\nab\r\n" + OK),
        (b"AT+CIPCLOSE=1\r", OK + b"\r\n+CIPCLOSE: 1,0\r\n"),
    ],
    "sara-r4": [
        (b"AT+USOCR=17\r", b"\r\n+USOCR: 0\r\n" + OK),
        (b'AT+UDNSRN=0,"udp.os.1nce.com"\r', b'\r\n+UDNSRN: "10.60.2.239"\r\n' + OK),
        (b'AT+USOST=0,"10.60.2.239",4445,%d\r' % N, b"\r\n@"),
        (AWKWARD, b"\r\n+USOST: 0,%d\r\n" % N + OK + b"\r\n+UUSORD: 0,%d\r\n" % N),
        (
            b"AT+USORF=0,4\r",
            b'\r\n+USORF: 0,"10.60.2.239",4445,4,"%b"\r\n' % AWKWARD[:4]
            + OK
            + b"\r\n+UUSORD: 0,%d\r\n" % (N - 4),
        ),
        (
            b"AT+USORF=0,1024\r",
            b'\r\n+USORF: 0,"10.60.2.239",4445,%d,"%b"\r\n' % (N - 4, AWKWARD[4:]) + OK,
        ),
        (b"AT+USORF=0,0\r", b"\r\n+USORF: 0,0\r\n" + OK),
        (b"AT+UDCONF=1,1\r", OK),
        (
            b'AT+USOST=0,"10.60.2.239",4445,2,"4F4B"\r',
            b"\r\n+USOST: 0,2\r\n" + OK + b"\r\n+UUSORD: 0,2\r\n",
        ),
        (b"AT+USORF=0,512\r", b'\r\n+USORF: 0,"10.60.2.239",4445,2,"4F4B"\r\n' + OK),
        (b"AT+USOCL=0\r", OK),
    ],
    "sara-r5": [
        (b"AT+UPSD=0,0,0;+UPSD=0,100,1\r", OK),
        (b"AT+UPSDA=0,3\r", OK + b'\r\n+UUPSDA: 0,"10.160.0.1"\r\n'),
        (b"AT+UPSND=0,8\r", b"\r\n+UPSND: 0,8,1\r\n" + OK),
        (b"AT+USOCR=17\r", b"\r\n+USOCR: 0\r\n" + OK),
        (b'AT+USOCO=0,"10.60.2.239",4445\r', OK),
        (b"AT+USOWR=0,%d\r" % N, b"\r\n@"),
        (AWKWARD, b"\r\n+USOWR: 0,%d\r\n" % N + OK + b"\r\n+UUSORF: 0,%d\r\n" % N),
        (b"AT+USORD=0,1024\r", b'\r\n+USORD: 0,%d,"%b"\r\n' % (N, AWKWARD) + OK),
        (b"AT+USOCL=0\r", OK),
    ],
    "nrf91-slm1": [
        (b"AT#XSOCKET=1,2,0\r", b"\r\n#XSOCKET: 1, 2, 0, 17\r\n" + OK),
        (b'AT#XCONNECT="udp.os.1nce.com",4445\r', b"\r\n#XCONNECT: 1\r\n" + OK),
        (b'AT#XSEND=0,"54657374"\r', b"\r\n#XSEND: 4\r\n" + OK),
        (b"AT#XRECV\r", b"Test\r\n#XRECV: 1, 4\r\n" + OK),
        (b'AT#XSENDTO="10.60.2.239",4445,0,"00FF"\r', b"\r\n#XSENDTO: 2\r\n" + OK),
        (b"AT#XRECVFROM=576\r", b"00FF\r\n#XRECVFROM: 0, 4\r\n" + OK),
        (b"AT#XSOCKET=0\r", b'\r\n#XSOCKET: 0, "closed"\r\n' + OK),
    ],
    "nrf91-slm2": [
        (b"AT#XSOCKET=1,2,0\r", b"\r\n#XSOCKET: 1,2,17\r\n" + OK),
        (b'AT#XSENDTO="udp.os.1nce.com",4445,"Test OK"\r', b"\r\n#XSENDTO: 7\r\n" + OK),
        (
            b"AT#XRECVFROM=10\r",
            b'\r\n#XRECVFROM: 7,"10.60.2.239",4445\r\nTest OK' + OK,
        ),
        (b'AT#XCONNECT="10.60.2.239",4445\r', b"\r\n#XCONNECT: 1\r\n" + OK),
        (b"AT#XSEND\r", OK),
        (AWKWARD + b"+++", b"\r\n#XDATAMODE: 0\r\n"),
        (b"AT#XRECV=10\r", b"\r\n#XRECV: %d\r\n" % N + AWKWARD + OK),
        (b"AT#XRECV=0,64\r", b"\r\nERROR\r\n"),
        (b"AT#XSOCKET=0\r", b'\r\n#XSOCKET: 0,"closed"\r\n' + OK),
    ],
    "nrf91-sm": [
        (b"AT#XSOCKET=1,2,0\r", b"\r\n#XSOCKET: 0,2,17\r\n" + OK),
        (b"AT#XAPOLL=0,1,1\r", OK),
        (
            b'AT#XSENDTO=0,1,0,"udp.os.1nce.com",4445,"48656C6C6F"\r',
            b"\r\n#XSENDTO: 0,0,5\r\n" + OK + b"\r\n#XAPOLL: 0,1\r\n",
        ),
        (
            b"AT#XRECVFROM=0,1,0,10\r",
            b'\r\n#XRECVFROM: 0,1,5,"10.60.2.239",4445\r\n48656c6c6f' + OK,
        ),
        (b'AT#XSENDTO=0,2,0,"10.60.2.239",4445,%d\r' % N, OK),
        (AWKWARD, b"\r\n#XDATAMODE: 0\r\n\r\n#XAPOLL: 0,1\r\n"),
        (
            b"AT#XRECVFROM=0,0,0,10\r",
            b'\r\n#XRECVFROM: 0,0,%d,"10.60.2.239",4445\r\n' % N + AWKWARD + OK,
        ),
        (b"AT#XRECVCFG=0,1\r", OK),
        (
            b'AT#XSENDTO=0,0,0,"10.60.2.239",4445,"Delayed UDP data"\r',
            b"\r\n#XSENDTO: 0,0,16\r\n"
            + OK
            + b'\r\n#XRECVFROM: 0,0,16,"10.60.2.239",4445\r\nDelayed UDP data\r\n',
        ),
        (b"AT#XCLOSE=0\r", b"\r\n#XCLOSE: 0,0\r\n" + OK),
    ],
    "gm02s": [
        (b"AT+SQNSCFGEXT=1,1,0,0,0,0\r", OK),
        (b'AT+SQNSD=1,1,4445,"udp.os.1nce.com",0,8888,1\r', OK),
        (b"AT+SQNSSENDEXT=1,%d\r" % N, b"\r\n> "),
        (AWKWARD, OK + b"\r\n+SQNSRING: 1,%d\r\n" % N),
        (b"AT+SQNSI=1\r", b"\r\n+SQNSI: 1,%d,%d,%d,0\r\n" % (N, N, N) + OK),
        (b"AT+SQNSRECV=1,1500\r", b"\r\n+SQNSRECV: 1,%d\r\n" % N + AWKWARD + OK),
        (b"AT+SQNSRECV=1,1500\r", b"\r\nERROR\r\n"),
        (b"AT+SQNSCFGEXT=1,2,0,0,0,1\r", OK),
        (b"AT+SQNSSENDEXT=1,2\r", b"\r\n> "),
        (b"4F4B", OK + b"\r\n+SQNSRING: 1,2,OK\r\n"),
        (b"AT+SQNSH=1\r", OK),
    ],
}
LIVES["bg96"] = LIVES["bg77"] = LIVES["bg95"]
# What is unsolicited goes to the USB port until it is asked here.
LIVES["ec25"] = [(b'AT+QURCCFG="urcport","uart1"\r', OK), *LIVES["bg95"]]
LIVES["ec21"] = LIVES["eg91"] = LIVES["eg95"] = LIVES["ec25"]
LIVES["sim7070"] = LIVES["sim7080"]
LIVES["sara-r422"] = [(b"AT+CGACT=1,1\r", OK), *LIVES["sara-r5"]]
