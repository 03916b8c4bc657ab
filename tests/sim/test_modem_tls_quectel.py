"""Quectel's TLS commands, typed: contexts, files, codes, what is told and when."""

import datetime
import re
import ssl

import pytest

from nce_sim.modem.personalities.quectel.files import checksum
from nce_sim.network.core import Address
from nce_sim.network.tcp import Arrived, PeerClosed
from nce_sim.settings import Settings
from support.tcp_bench import OK, Bench
from support.tls_authority import Authority

SERVER = Address("203.0.113.7", 443)
TODAY = datetime.datetime.fromtimestamp(Settings().calendar_start_s, datetime.UTC)
AUTHORITY = Authority(TODAY)
OPEN = b'AT+QSSLOPEN=1,1,4,"203.0.113.7",443,'


class TlsHost:
    """OpenSSL as a server, moved by the events of its one connection; turns bytes around."""

    def __init__(self, bench, context):
        self.came, self.leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.came, self.leaving, server_side=True)
        self.connection = None
        self.heard = b""
        self.ended = False
        self.refused = None  # the alert that came
        bench.world.core.internet.tcp.listen(SERVER, self.accept)

    def accept(self, connection):
        self.connection = connection
        return self.on_event

    def on_event(self, event):
        if isinstance(event, Arrived):
            self.came.write(self.connection.receive(65_536))
            try:
                self.tls.do_handshake()
                while data := self.tls.read(4096):
                    self.heard += data
                    self.tls.write(data[::-1])
                self.ended = True
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                self.refused = error.reason
            self.flush()
        elif isinstance(event, PeerClosed):
            self.connection.close()

    def write(self, data):
        self.tls.write(data)
        self.flush()

    def flush(self):
        self.connection.send(self.leaving.read())


def bench_with(*settings, family="bg95"):
    bench = Bench(family, is_echo=False)
    bench.typist.type(b'AT+QFUPL="UFS:ca.pem",%d,60\r' % len(AUTHORITY.pem), 100)
    bench.typist.type(AUTHORITY.pem, 500)
    for setting in ('"sslversion",1,3', '"cacert",1,"UFS:ca.pem"', '"seclevel",1,1', *settings):
        assert bench.type(b"AT+QSSLCFG=%s\r" % setting.encode()) == OK
    return bench


def test_a_session_as_a_host_types_it():
    bench = bench_with()
    host = TlsHost(bench, AUTHORITY.server_context("server.test"))
    assert bench.type(OPEN + b"0\r", 10_000) == OK + b"\r\n+QSSLOPEN: 4,0\r\n"
    assert bench.type(b"AT+QSSLSEND=4,5\r", 200).endswith(b"> ")
    said = bench.type(b"hello", 10_000)
    assert said == b'\r\nSEND OK\r\n\r\n+QSSLURC: "recv",4\r\n'
    assert host.heard == b"hello"
    state = bench.type(b"AT+QSSLSTATE=4\r")
    assert re.match(
        rb'\r\n\+QSSLSTATE: 4,"SSLClient","203.0.113.7",443,\d+,2,1,4,0,"uart1",1', state
    )
    assert bench.type(b"AT+QISTATE\r") == OK
    assert bench.type(b"AT+QSSLRECV=4,3\r") == b"\r\n+QSSLRECV: 3\r\noll\r\n" + OK
    assert bench.type(b"AT+QSSLRECV=4,1500\r") == b"\r\n+QSSLRECV: 2\r\neh\r\n" + OK
    assert bench.type(b"AT+QSSLRECV=4,1500\r") == b"\r\n+QSSLRECV: 0\r\n" + OK
    # A plain command on it, and its own on none.
    for command in (b"AT+QISEND=4,5\r", b"AT+QIRD=4,9\r", b"AT+QICLOSE=4\r", b"AT+QSSLRECV=5,9\r"):
        assert b"ERROR" in bench.type(command)
    assert bench.type(OPEN + b"0\r", 5_000) == OK + b"\r\n+QSSLOPEN: 4,563\r\n"
    assert bench.type(b"AT+QSSLCLOSE=4\r", 12_000) == OK
    assert host.ended
    assert bench.type(b"AT+QSSLSTATE\r") == OK


def test_a_pushing_socket_hands_the_bytes_over_and_the_peers_close_is_told_once():
    bench = bench_with()
    host = TlsHost(bench, AUTHORITY.server_context("server.test"))
    assert b"+QSSLOPEN: 4,0" in bench.type(OPEN + b"1\r", 10_000)
    host.write(b"unasked")
    assert bench.type(b"", 3_000) == b'\r\n+QSSLURC: "recv",4,7\r\nunasked\r\n'
    with pytest.raises(ssl.SSLWantReadError):
        host.tls.unwrap()
    host.flush()
    host.connection.close()
    assert bench.type(b"", 5_000) == b'\r\n+QSSLURC: "closed",4\r\n'
    assert bench.type(b"AT+QSSLCLOSE=4\r", 12_000) == OK


# Settings beyond those of `bench_with`, the server's authority, and the code.
REFUSED = [
    ((), Authority(TODAY), {}),
    (('"ignorelocaltime",1,0',), AUTHORITY, {"life": datetime.timedelta(days=-3),
                                            "age": datetime.timedelta(days=5)}),
    (('"cacert",1,"UFS:none.pem"',), AUTHORITY, {}),
    (('"seclevel",1,2',), AUTHORITY, {}),
    (('"ciphersuite",1,0X0035',), AUTHORITY, {}),  # of RSA, which this server has not
]  # fmt: skip


@pytest.mark.parametrize(("settings", "authority", "options"), REFUSED)
def test_what_does_not_fit_is_566_and_the_id_is_free_again(settings, authority, options):
    bench = bench_with(*settings)
    TlsHost(bench, authority.server_context("server.test", **options))
    assert bench.type(OPEN + b"0\r", 10_000) == OK + b"\r\n+QSSLOPEN: 4,566\r\n"
    assert bench.type(b"AT+QSSLSTATE\r") == OK


def test_a_server_that_says_nothing_is_given_up_after_the_negotiation_time():
    bench = bench_with('"negotiatetime",1,20')
    bench.world.core.internet.tcp.listen(SERVER, lambda connection: lambda event: None)
    assert bench.type(OPEN + b"0\r", 18_000) == OK
    assert bench.type(b"", 6_000) == b"\r\n+QSSLOPEN: 4,566\r\n"


def test_files_are_kept_by_name_and_a_restart_keeps_them_but_no_setting():
    bench = bench_with()
    size = len(AUTHORITY.pem)
    assert bench.type(b'AT+QFLST="*"\r') == b'\r\n+QFLST: "UFS:ca.pem",%d\r\n' % size + OK
    assert b"407" in bench.type(b'AT+QFUPL="ca.pem",3\r')
    assert bench.type(b'AT+QSSLCFG="cacert",1\r').startswith(
        b'\r\n+QSSLCFG: "cacert",1,"UFS:ca.pem"'
    )
    bench.modem.faults.reset()
    bench.type(b"", 10_000)
    bench.type(b"ATE0\r")
    assert b'"cacert",1,""' in bench.type(b'AT+QSSLCFG="cacert",1\r')
    assert bench.type(b'AT+QFDEL="UFS:ca.pem"\r') == OK
    assert bench.type(b"AT+QFLST\r") == OK
    assert checksum(b"\x12\x34\x01") == 0x1334
