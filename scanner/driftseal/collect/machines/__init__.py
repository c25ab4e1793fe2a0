"""What a machine holds of AI, one finder a file."""
