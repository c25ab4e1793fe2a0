"""Formats of the bill of materials, one file each."""
