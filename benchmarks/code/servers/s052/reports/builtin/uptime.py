import time


def make() -> str:
    """How long this process has run."""
    return f"{time.monotonic():.0f} s"
