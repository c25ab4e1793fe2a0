"""Package registries: how each is asked for one package, one file a registry."""
