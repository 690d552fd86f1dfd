"""The letter on paper: its words, its places, its type."""
