"""Long-lived child processes for work that may take too much time or memory: each runs under limits of its own."""
