"""What goes over the pipe to a render process and back."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

# The first byte of each reply says what follows.
PDF, REFUSED, FAILED, PICTURE = b"P", b"X", b"F", b"I"
# The first byte of a message that is a picture to make smaller; all others are a Request.
SHRINK = b"\x00"
# How a document names a picture that is handed over with it.
PICTURE_URL = "picture:"


@dataclass(frozen=True)
class Request:
    """What the render process is asked for: HTML, the names of compiled style sheets in order, pictures by name."""

    html: str
    sheets: tuple[str, ...]
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the request as it goes over the pipe."""
        pictures = {name: base64.b64encode(content).decode() for name, content in self.pictures.items()}
        return json.dumps({"html": self.html, "sheets": self.sheets, "pictures": pictures}).encode("ascii")

    @classmethod
    def from_bytes(cls, message: bytes) -> "Request":
        """Return the request that `to_bytes` wrote."""
        values = json.loads(message)
        pictures = {name: base64.b64decode(content) for name, content in values["pictures"].items()}
        return cls(values["html"], tuple(values["sheets"]), pictures)
