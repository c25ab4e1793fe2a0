"""Checks of the ``shadowing`` detector, by subject: what servers of one session do to each other."""
