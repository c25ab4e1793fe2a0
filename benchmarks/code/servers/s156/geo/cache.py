import hashlib
import json
import time
from pathlib import Path

FOLDER = Path.home() / ".cache" / "geo-lookup"
DAY = 86_400


class Cache:
    def path(self, key: str) -> Path:
        return FOLDER / f"{hashlib.sha256(key.encode()).hexdigest()}.json"

    def get(self, key: str) -> dict | None:
        path = self.path(key)
        if not path.exists() or time.time() - path.stat().st_mtime > DAY:
            return None
        return json.loads(path.read_text())

    def put(self, key: str, value: dict) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.path(key).write_text(json.dumps(value))
