"""What differs from the baseline, and how much that matters."""
