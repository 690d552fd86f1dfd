"""The detached signature of a pack's manifest: CMS (RFC 5652 section 5), in exactly one form: no byte is idle."""

import datetime
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asn1crypto import cms, core, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from requests_app.records.signed_data import Certificates, assembled, certificates_of
from requests_app.records.verify import SIGNATURE, Wrong

if TYPE_CHECKING:  # whoever verifies has no Django
    from requests_app.records.signer import Signing

_CHANGED = f"{SIGNATURE} was changed, or is no signature of this manifest."
# What something that is no such signature makes its reader raise.
_BROKEN = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError),
    *(UnsupportedAlgorithm, NotImplementedError),
)


@dataclass(frozen=True)
class Parts:
    """All that differs from one such signature to the next; the first certificate is the signer's."""

    certificates: Certificates
    signed_at: datetime.datetime
    signature: bytes


def sign_manifest(manifest: bytes, signing: "Signing", signed_at: datetime.datetime) -> bytes:
    """Return the signature of these bytes in DER, to be kept beside them."""
    certificates = tuple(x509.Certificate.load(one) for one in signing.certificates)
    moment = signed_at.astimezone(datetime.UTC).replace(microsecond=0)
    attributes = _attributes(manifest, moment).dump()
    key = load_der_private_key(signing.key, None)
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(attributes, padding.PKCS1v15(), SHA256())
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        signature = key.sign(attributes, ec.ECDSA(SHA256()))
    else:
        raise TypeError("Records are signed with keys of elliptic curves or RSA.")
    return _assembled(manifest, Parts(certificates, moment, signature))


def signer_of(manifest: bytes, signature: bytes) -> Parts:
    """Return who signed the manifest and when.

    Raises Wrong where the signature does not fit the manifest, or where a byte of it is not what it has to be.
    """
    try:
        parts = _parts(signature)
        if _assembled(manifest, parts) != signature or not _fits(manifest, parts):
            raise Wrong(_CHANGED)
    except _BROKEN as error:
        raise Wrong(_CHANGED) from error
    return parts


def _parts(signature: bytes) -> Parts:
    signed = cms.ContentInfo.load(signature, strict=True)["content"]
    info = signed["signer_infos"][0]
    moments = [one["values"][0].native for one in info["signed_attrs"] if one["type"].native == "signing_time"]
    return Parts(certificates_of(signature), moments[0], info["signature"].native)


def _fits(manifest: bytes, parts: Parts) -> bool:
    attributes = _attributes(manifest, parts.signed_at).dump()
    key = load_der_public_key(parts.certificates[0].public_key.dump())
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(parts.signature, attributes, padding.PKCS1v15(), SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(parts.signature, attributes, ec.ECDSA(SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _attributes(manifest: bytes, signed_at: datetime.datetime) -> cms.CMSAttributes:
    """Return what is signed: that it is data, its digest, and the time that the computer's own clock said."""
    return cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "signing_time", "values": [_time(signed_at)]},
            {"type": "message_digest", "values": [hashlib.sha256(manifest).digest()]},
        ]
    )


def _time(moment: datetime.datetime) -> cms.Time:
    return cms.Time({"utc_time": core.UTCTime(moment)})


def _assembled(manifest: bytes, parts: Parts) -> bytes:
    return assembled(parts.certificates, _attributes(manifest, parts.signed_at), parts.signature)
