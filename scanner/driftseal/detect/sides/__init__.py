"""Checks of the ``static_against_live`` detector."""
