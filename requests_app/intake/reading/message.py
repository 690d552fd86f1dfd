"""What the parser of this package returns."""

from email.message import Message
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Mail = Message[str, str]
else:
    Mail = Message  # takes its type parameters in the stubs alone
