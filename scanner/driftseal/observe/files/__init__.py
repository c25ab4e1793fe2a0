"""What model files would do when they are loaded, and what they say of themselves, read without loading them."""
