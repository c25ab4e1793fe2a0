from collections.abc import Iterable
from pathlib import Path


class Roots:
    """The folders that the user named at start."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = tuple(folder.resolve() for folder in folders)

    def resolve(self, path: str) -> Path:
        target = Path(path).expanduser().resolve()
        if not any(target.is_relative_to(folder) for folder in self.folders):
            raise PermissionError("outside of the allowed folders")
        return target
