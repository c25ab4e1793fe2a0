"""Facts about what code does to people: malice and carelessness, read from the intermediate form, one file a family.

A fact pairs what code can do with what makes it a threat, within one function, one file, or a helper one call away.
What it weighs is up to rules. `families.look` asks them all; it is imported where that is done, mostly in another
process.
"""
