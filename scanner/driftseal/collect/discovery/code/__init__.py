"""What source code names: one file a kind of thing."""
