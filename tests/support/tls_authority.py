"""A certificate authority for tests: servers' certificates that are right, or wrong in one way.

authority = Authority()
server = authority.server_context("server.test")           # ssl.SSLContext of a server
client = authority.client_context()                        # that trusts this authority alone
"""

import datetime
import ipaddress
import ssl
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

A_DAY = datetime.timedelta(days=1)
PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER


def _named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Authority:
    """Signs certificates; `now` is when they are good, two days around it."""

    def __init__(self, now=None):
        self.now = now or datetime.datetime.now(datetime.UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = _named("the authority of a test")
        self.certificate = (
            self._begun(name, name, self._key, 1000 * A_DAY)
            .add_extension(x509.BasicConstraints(True, None), True)
            .add_extension(
                x509.KeyUsage(True, False, False, False, False, True, True, False, False), True
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), False
            )
            .sign(self._key, hashes.SHA256())
        )

    def _begun(self, subject, issuer, key, life=A_DAY, age=A_DAY):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - max(age, life))
            .not_valid_after(self.now + life)
        )

    @property
    def pem(self):
        """This authority's certificate, as text of bytes."""
        return self.certificate.public_bytes(PEM)

    @property
    def der(self):
        return self.certificate.public_bytes(DER)

    def issue(self, *names, life=A_DAY, age=A_DAY, is_client=False):
        """(certificate and key, both PEM) for `names`; a negative `life` has ended already."""
        key = ec.generate_private_key(ec.SECP256R1())
        use = ExtendedKeyUsageOID.CLIENT_AUTH if is_client else ExtendedKeyUsageOID.SERVER_AUTH
        certificate = (
            self._begun(_named(names[0]), self.certificate.subject, key, life, age)
            .add_extension(
                x509.SubjectAlternativeName([_alternative(name) for name in names]), False
            )
            .add_extension(x509.ExtendedKeyUsage([use]), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False
            )
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(
            PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        return certificate.public_bytes(PEM), private

    def server_context(self, *names, **options):
        """The context of a server with a certificate for `names`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = self.written(folder, *names, **options)
            context.load_cert_chain(certificate, key)
        return context

    def written(self, folder, *names, **options):
        """The paths of a certificate for `names` and its key, written into `folder`."""
        paths = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
        for path, content in zip(paths, self.issue(*names, **options), strict=True):
            path.write_bytes(content)
        return paths

    def client_context(self):
        """The context of a client that trusts this authority alone."""
        return ssl.create_default_context(cadata=self.pem.decode())
