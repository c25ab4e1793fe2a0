"""Detectors, one file each: they say that a rule matched and where, never how bad that is."""
