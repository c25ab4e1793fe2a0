"""A function as families read it, in layers: its body, the names in it, their values, the command lines it runs."""
