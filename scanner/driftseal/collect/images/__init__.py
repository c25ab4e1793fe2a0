"""Models in registries of OCI and of Ollama: manifests, the layers that they name, and how these are fetched."""
