"""Asking MCP servers: our own JSON-RPC client, both protocol eras, every transport."""
