"""What the configurations of AI clients say about servers: where they lie, how they are shaped, what may be shown."""
