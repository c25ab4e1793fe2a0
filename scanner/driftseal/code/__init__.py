"""Source code becomes one intermediate form, whatever its language; one file a language."""
