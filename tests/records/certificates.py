"""Certificates that a certification authority issued, as an organisation may bring them."""

import datetime
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

PASSWORD = "canary-pkcs12-3e77"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Issued:
    """A PKCS#12 file under PASSWORD, and the certificates in it: the signer's, its issuer's, and the authority's."""

    p12: bytes
    chain: tuple[x509.Certificate, ...]

    @property
    def authority(self) -> bytes:
        """The certificate of the authority in PEM."""
        return self.chain[-1].public_bytes(serialization.Encoding.PEM)


def issued(name: str = "Acme GmbH, Privacy", *, is_rsa: bool = False) -> Issued:
    """Return a certificate that "Example Issuing CA" issued, whose own is of "Example Root CA"."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    own: Key = rsa.generate_private_key(65537, 2048) if is_rsa else ec.generate_private_key(ec.SECP256R1())
    root = certificate("Example Root CA", keys[0], "Example Root CA", keys[0], is_authority=True)
    middle = certificate("Example Issuing CA", keys[1], "Example Root CA", keys[0], is_authority=True)
    leaf = certificate(name, own, "Example Issuing CA", keys[1], is_authority=False)
    how = serialization.BestAvailableEncryption(PASSWORD.encode())
    p12 = pkcs12.serialize_key_and_certificates(b"records", own, leaf, [middle, root], how)
    return Issued(p12, (leaf, middle, root))


def certificate(name: str, key: Key, by: str, by_key: Key, *, is_authority: bool) -> x509.Certificate:
    """Return a certificate that is valid for a month."""
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, by))
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    no = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    usage = x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        **no,
    )
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(by_key.public_key())
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + 30 * day)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(identifier, critical=False)
        .sign(by_key, hashes.SHA256())
    )
