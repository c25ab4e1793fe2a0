"""What manifests, configurations and texts name: one file a format."""
