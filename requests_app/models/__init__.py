"""The nouns, one module each; this page is their table of contents."""
