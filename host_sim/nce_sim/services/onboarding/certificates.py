"""The certificates of the older onboarding, from a CA of the world.

    ca = made_ca(random, now_ms, lifetime_days)
    pair = issued(ca, "8988228066600000001", random, now_ms, lifetime_days)
    pair.certificate, pair.private_key       # PEM

Keys and signatures come from `random` alone: a virtual world makes the same ones again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nce_sim.services.onboarding.pair import Pair

# The order of the group of P-256 (SEC 2, 2.4.2): keys are from 1 to one less.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SERIAL_BITS = 159  # RFC 5280, 4.1.2.2: at most 20 octets, positive


def made_ca(random: Random, now_ms: int, lifetime_days: int) -> Pair:
    """A CA that signs itself."""
    key = _key(random)
    name = _name("Simulated AWS IoT Root CA")
    builder = _builder(name, name, key, random, now_ms, lifetime_days)
    return _pair(builder.add_extension(x509.BasicConstraints(True, 0), critical=True), key, key)


def issued(ca: Pair, name: str, random: Random, now_ms: int, lifetime_days: int) -> Pair:
    """A certificate of the CA for a client called `name`."""
    authority = x509.load_pem_x509_certificate(ca.certificate.encode())
    signing = serialization.load_pem_private_key(ca.private_key.encode(), None)
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    key = _key(random)
    builder = _builder(_name(name), authority.subject, key, random, now_ms, lifetime_days)
    constrained = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
    return _pair(constrained, key, signing)


def _key(random: Random) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(random.randrange(1, _ORDER), ec.SECP256R1())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    random: Random,
    now_ms: int,
    lifetime_days: int,
) -> x509.CertificateBuilder:
    start = datetime.fromtimestamp(now_ms // 1000, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(random.getrandbits(_SERIAL_BITS) | 1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=lifetime_days))
    )


def _pair(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    signing: ec.EllipticCurvePrivateKey,
) -> Pair:
    certificate = builder.sign(signing, hashes.SHA256(), ecdsa_deterministic=True)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return Pair(certificate.public_bytes(pem).decode(), private.decode())
