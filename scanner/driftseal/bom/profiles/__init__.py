"""Formats of a report on completeness, one file each."""
