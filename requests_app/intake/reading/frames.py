"""The first byte of what goes over the pipe to the process that reads mail, and back."""

READ, ATTACHMENT, HTML, VERIFY = b"R", b"A", b"H", b"V"
FOUND, TOO_MUCH, BROKEN = b"F", b"M", b"B"
