"""The main job on a small server that we ship, from approval to rug pull."""
