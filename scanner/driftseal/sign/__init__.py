"""Statements, envelopes, signers, and the policy that decides whom to believe."""
