"""In, never lost: raw mail stored, read in a process of its own, matched to its request, held when it is not."""
