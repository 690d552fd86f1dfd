"""Programs that break things on purpose, on real servers; anyone can run them."""
