"""How signals and words of a sentence add up to a verdict."""
