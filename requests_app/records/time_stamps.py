"""Time stamps (RFC 3161) of the service that TSA_URL names."""

from asn1crypto import cms
from django.conf import settings
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError


class Service(HTTPTimeStamper):
    """The service; what it answers with is a time stamp, or a TimestampRequestError is raised."""

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a time stamp of that digest. Raises TimestampRequestError."""
        try:
            return await super().async_timestamp(message_digest, md_algorithm)
        except TimestampRequestError as error:
            raise TimestampRequestError(*error.args[:1]) from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise TimestampRequestError("what it answers is no time stamp") from error


def time_stamper() -> TimeStamper | None:
    """Return the service, or None where none is set."""
    return Service(settings.TSA_URL) if settings.TSA_URL else None
