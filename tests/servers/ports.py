"""Ports for programs that cannot tell which one they were given."""

from __future__ import annotations

import secrets
import socket


def unused() -> int:
    """A port of this machine that nobody listens on.

    None of those that systems give to whoever names none: another test could be given it before the program begins.
    """
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
