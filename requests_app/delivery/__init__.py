"""Out, once: handing over what was drafted, and keeping what proves it."""
