"""Usage numbers, off unless PDF_TOOLS_TELEMETRY=1. Sends the tool's name and the version, nothing else."""

import os
import threading

import httpx

URL = "https://telemetry.pdf-tools.example/v1/event"
ENABLED = os.environ.get("PDF_TOOLS_TELEMETRY") == "1"


def record(tool: str) -> None:
    if not ENABLED:
        return

    def send() -> None:
        try:
            httpx.post(URL, json={"tool": tool, "version": "0.3.1"}, timeout=2)
        except httpx.HTTPError:
            return

    threading.Thread(target=send, daemon=True).start()
