"""The one form of every signature here: CMS (RFC 5652 section 5) in DER, in which no byte is idle.

A signature protects what it signs, and not the envelope that it comes in: certificates can be put into that or taken
away. So each envelope is made anew from what is in it and held against what was found.
"""

from typing import Any

from asn1crypto import algos, cms, core, x509

STAMP = "signature_time_stamp_token"
# What a record and a manifest say of their time.
SELF_ASSERTED, TIME_STAMPED = "self-asserted", "time-stamped"
Certificates = tuple[x509.Certificate, ...]


def assembled(
    certificates: Certificates, attributes: cms.CMSAttributes, signature: bytes, stamp: cms.ContentInfo | None = None
) -> bytes:
    """Return a detached signature with SHA-256 in DER, the first certificate being the signer's."""
    own = certificates[0]
    digest = algos.DigestAlgorithm({"algorithm": "sha256"})
    kind = "sha256_rsa" if own.public_key.algorithm == "rsa" else "sha256_ecdsa"
    info: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}}
        ),
        "digest_algorithm": digest,
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": kind},
        "signature": signature,
    }
    if stamp is not None:
        info["unsigned_attrs"] = cms.CMSAttributes([{"type": STAMP, "values": [stamp]}])
    signed: dict[str, Any] = {
        "version": "v1",
        "digest_algorithms": [digest],
        "encap_content_info": {"content_type": "data"},
        "certificates": list(certificates),
        "signer_infos": [info],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump())


def made_anew(content: bytes) -> bytes:
    """Return the signature that is made of what is in this one: the same bytes, unless something idle was in it."""
    info = cms.ContentInfo.load(content)["content"]["signer_infos"][0]
    stamp = stamp_of(info)
    return assembled(certificates_of(content), info["signed_attrs"].untag(), info["signature"].native, stamp)


def stamp_of(info: cms.SignerInfo) -> cms.ContentInfo | None:
    """Return the time stamp (RFC 3161 appendix A) beside a signature, or None."""
    attributes = info["unsigned_attrs"]
    if attributes is core.VOID or not len(attributes) or attributes[0]["type"].native != STAMP:
        return None
    stamp: cms.ContentInfo = attributes[0]["values"][0]
    return stamp


def certificates_of(content: bytes) -> Certificates:
    """Return the certificates in a signature: the signer's, then the others in DER's order of them.

    Raises ValueError where more than one, or none, is said to be the signer's.
    """
    signed = cms.ContentInfo.load(content)["content"]
    sid = signed["signer_infos"][0]["sid"].chosen
    wanted = sid["issuer"].dump(), sid["serial_number"].native
    found = [x509.Certificate.load(one.chosen.dump()) for one in signed["certificates"]]
    (own,) = (one for one in found if (one.issuer.dump(), one.serial_number) == wanted)
    found.remove(own)
    return own, *sorted(found, key=x509.Certificate.dump)
