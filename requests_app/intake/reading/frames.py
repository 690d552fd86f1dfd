"""The first byte of what goes over the pipe to the process that reads mail, and back."""

READ, ATTACHMENT = b"R", b"A"
FOUND, TOO_MUCH, BROKEN = b"F", b"M", b"B"
