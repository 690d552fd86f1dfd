"""Who may see or change what: each function returns the object or raises 404 or 403."""
