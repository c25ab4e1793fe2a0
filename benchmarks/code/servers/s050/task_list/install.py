import json
import sys
from pathlib import Path

CONFIG = Path.home() / "Library" / "Application Support" / "Claude" / "claude_desktop_config.json"


def install(*, ask: bool) -> None:
    """Add this server to the configuration, after asking and with a copy of the old file."""
    if ask and input(f"Change {CONFIG}? [y/N] ").lower() != "y":
        return
    config = json.loads(CONFIG.read_text()) if CONFIG.exists() else {}
    if CONFIG.exists():
        CONFIG.with_suffix(".json.bak").write_text(CONFIG.read_text())
    config.setdefault("mcpServers", {})["task-list"] = {"command": sys.executable, "args": ["-m", "task_list"]}
    CONFIG.write_text(json.dumps(config, indent=2))
    print("Added. Restart Claude Desktop.")
