"""HTML into PDF, in a process of its own that opens nothing but packaged files."""
