"""Checks of the ``launch`` detector, by subject: what a configured server runs, reaches and may do."""
