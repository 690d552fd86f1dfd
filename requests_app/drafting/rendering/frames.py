"""What goes over the pipe to a render process and back."""

import json
from dataclasses import asdict, dataclass

# The first byte of each reply says what follows.
PDF, REFUSED, FAILED = b"P", b"X", b"F"


@dataclass(frozen=True)
class Request:
    """What the render process is asked for: HTML and the names of compiled style sheets, in order."""

    html: str
    sheets: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return the request as it goes over the pipe."""
        return json.dumps(asdict(self)).encode("ascii")

    @classmethod
    def from_bytes(cls, message: bytes) -> "Request":
        """Return the request that `to_bytes` wrote."""
        values = json.loads(message)
        return cls(values["html"], tuple(values["sheets"]))
