"""Records of the domain name system, asked for a short time only: whoever waits for an answer holds up a mail."""

import time

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver


class NoAnswerInTime(Exception):
    """The domain name system cannot be asked, or does not answer."""


class TextRecords:
    """Looks up TXT records; all look-ups of one object together take `seconds` at most.

    It asks the servers that the machine asks, unless it is given a resolver.
    """

    def __init__(self, seconds: float, resolver: Resolver | None = None) -> None:
        self._until = time.monotonic() + seconds
        self._resolver = resolver

    def __call__(self, name: str) -> list[str]:
        """Return the text of each record at the name, none where there is none. Raises NoAnswerInTime."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise NoAnswerInTime(name)
        try:
            answer = (self._resolver or Resolver()).resolve(name, "TXT", lifetime=left, search=False)
        except (NXDOMAIN, NoAnswer):
            return []
        except (DNSException, OSError, UnicodeError) as error:  # no server is named, none is reached, none answers
            raise NoAnswerInTime(name) from error
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
