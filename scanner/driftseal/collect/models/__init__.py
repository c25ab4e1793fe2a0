"""What the collector of local models is made of."""
