"""SIGTERM ends us as an interrupt does: after the servers that we started, not before them."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from typing import NoReturn

_SIGNALLED = 128
"""A shell's exit code for a signal is this and the signal's number."""


@contextlib.contextmanager
def orderly() -> Iterator[None]:
    """While inside, SIGTERM raises ``SystemExit``. A handler that somebody else has set stays."""
    main = threading.current_thread() is threading.main_thread()
    if sys.platform == "win32" or not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def stop(number: int, _: object) -> NoReturn:
        # A second one must not cut short what the first began.
        signal.signal(number, signal.SIG_IGN)
        raise SystemExit(_SIGNALLED + number)

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
