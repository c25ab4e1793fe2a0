"""The nouns: frozen, typed, free of I/O and of everything but the standard library."""
