"""Registries of MLflow: where they are, what a version or a prompt is, and where its files lie."""
