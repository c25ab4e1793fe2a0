"""Checks of the ``manifest`` detector, by subject: what definitions claim against what they say."""
