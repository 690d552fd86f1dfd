"""Door 2: everything the clock can do; each task is a few lines."""
