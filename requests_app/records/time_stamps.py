"""Time stamps (RFC 3161) of the service that TSA_URL names."""

from asn1crypto import cms
from django.conf import settings
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError
from pyhanko.sign.timestamps.common_utils import extract_ts_certs
from pyhanko_certvalidator.registry import SimpleCertificateStore

from requests_app.records.verification import broken_is_wrong
from requests_app.records.verify import Wrong


class Service(HTTPTimeStamper):
    """The service; what it answers with is a time stamp, or a TimestampRequestError is raised."""

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a time stamp of that digest. Raises TimestampRequestError."""
        try:
            with broken_is_wrong():
                stamp = await super().async_timestamp(message_digest, md_algorithm)
                # Whoever signs reads its certificates, too: broken ones have to be found here.
                list(extract_ts_certs(stamp, SimpleCertificateStore()))  # type: ignore[no-untyped-call]  # pyHanko says nothing
        except TimestampRequestError as error:
            raise TimestampRequestError(*error.args[:1]) from error
        except Wrong as error:
            raise TimestampRequestError("what it answers is no time stamp") from error
        return stamp


def time_stamper() -> TimeStamper | None:
    """Return the service, or None where none is set."""
    return Service(settings.TSA_URL) if settings.TSA_URL else None
