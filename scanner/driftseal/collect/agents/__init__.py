"""Texts that instruct agents: where they lie, how a folder is searched for them, and what they become."""
