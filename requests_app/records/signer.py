"""The certificate that records are signed with: the organisation's own, else a self-signed one that is made for it."""

import datetime
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.models import (
    Action,
    EventStream,
    Membership,
    Organisation,
    RecordSigner,
    Source,
    Subject,
    record_event,
)

YEARS_VALID = 20
_DAY = datetime.timedelta(days=1)
_LONGEST_NAME = 64  # of a common name, RFC 5280 appendix A.1
_SMALLEST_RSA = 2048
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class SignerRefused(ValueError):
    """A certificate that records are not signed with; says why, and what to do."""


@dataclass(frozen=True)
class Signing:
    """A key and its certificates in DER, its own first."""

    key: bytes
    certificates: tuple[bytes, ...]
    fingerprint: str
    subject: str

    @property
    def pem(self) -> bytes:
        """The certificates in PEM, its own first."""
        found = (x509.load_der_x509_certificate(one) for one in self.certificates)
        return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in found)


def signing_of(organisation: Organisation) -> Signing:
    """Return what the organisation's records are signed with; the first time, make it."""
    row = RecordSigner.objects.filter(organisation=organisation).first() or _make(organisation)
    key = serialization.load_pem_private_key(str(row.key).encode(), None)
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificates = x509.load_pem_x509_certificates(row.certificates.encode())
    encoded = tuple(one.public_bytes(serialization.Encoding.DER) for one in certificates)
    return Signing(der, encoded, row.fingerprint, row.subject)


def make_signer(organisation: Organisation) -> None:
    """Make the certificate of an organisation that has none yet, so that its fingerprint is known before a record."""
    if not RecordSigner.objects.filter(organisation=organisation).exists():
        _make(organisation)


def take_pkcs12(membership: Membership, content: bytes, password: str) -> RecordSigner:
    """Sign with the certificate of a PKCS#12 file from now on. Raises SignerRefused."""
    try:
        found = pkcs12.load_pkcs12(content, password.encode() or None)
    except ValueError as error:
        raise SignerRefused(_("This is no PKCS#12 file (.p12, .pfx), or the password is another one.")) from error
    if found.key is None or found.cert is None:
        raise SignerRefused(_("The file needs a key and its certificate. Export both together."))
    certificate = found.cert.certificate
    if not isinstance(found.key, Key) or (
        isinstance(found.key, rsa.RSAPrivateKey) and found.key.key_size < _SMALLEST_RSA
    ):
        raise SignerRefused(_("The key must be an elliptic-curve one, or RSA with 2048 bits or more."))
    if certificate.not_valid_after_utc <= timezone.now():
        raise SignerRefused(_("The certificate has expired. Ask for a new one."))
    chain = list(dict.fromkeys([certificate, *(one.certificate for one in found.additional_certs)]))
    with transaction.atomic():
        return _saved(membership.organisation, found.key, chain, membership, is_own=True)


def drop_own(membership: Membership) -> None:
    """Go back to a certificate that Optout makes."""
    with transaction.atomic():
        _saved(membership.organisation, *_self_signed(membership.organisation), membership)


def _make(organisation: Organisation) -> RecordSigner:
    with transaction.atomic():
        # Whoever else makes one at the same time waits, and then finds it made.
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        made = RecordSigner.objects.filter(organisation=organisation).first()
        return made or _saved(organisation, *_self_signed(organisation), None)


def _self_signed(organisation: Organisation) -> tuple[Key, list[x509.Certificate]]:
    key, now = ec.generate_private_key(ec.SECP256R1()), timezone.now()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"Optout records of {organisation.name}"[:_LONGEST_NAME]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation.name[:_LONGEST_NAME]),
        ]
    )
    others = "key_encipherment data_encipherment key_agreement key_cert_sign crl_sign encipher_only decipher_only"
    usage = dict.fromkeys(others.split(), False)
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + YEARS_VALID * 365 * _DAY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return key, [builder.sign(key, hashes.SHA256())]


def _saved(
    organisation: Organisation,
    key: Key,
    chain: list[x509.Certificate],
    membership: Membership | None,
    *,
    is_own: bool = False,
) -> RecordSigner:
    fingerprint = chain[0].fingerprint(hashes.SHA256()).hex()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    values = {
        "key": pem.decode(),
        "certificates": "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in chain),
        "fingerprint": fingerprint,
        "subject": chain[0].subject.rfc4514_string()[:300],
        "not_after": chain[0].not_valid_after_utc,
        "is_own": is_own,
        "changed_at": timezone.now(),
    }
    row, _made = RecordSigner.objects.update_or_create(organisation=organisation, defaults=values)
    record_event(
        EventStream.of_organisation(organisation),
        Action.SETTINGS_CHANGED,
        actor=membership.actor if membership else "clock",
        source=Source.WEB if membership else Source.CLOCK,
        subject=Subject.of(row),
        detail={"record_signer": fingerprint},
    )
    return row
