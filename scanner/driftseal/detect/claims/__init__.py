"""Checks of the ``says_and_does`` detector, by subject: what a tool's code does that its words do not admit."""
