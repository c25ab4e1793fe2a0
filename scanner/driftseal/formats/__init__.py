"""Bytes to structure, one file a format."""
