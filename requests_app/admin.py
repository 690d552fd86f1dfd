"""Door 3: staff."""
