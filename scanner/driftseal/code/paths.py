"""Which file of a project an import means."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Final

_PYTHON: Final = (".py", ".pyi")
_SCRIPTS: Final = (".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".jsx")
_COMPILED: Final = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
"""TypeScript imports a file by the name that it will have once it is compiled."""
_ALIASES: Final = ("@/", "~/", "#/", "src/")
_TOPS: Final = 8
"""Folders from the file upwards below which an absolute import is looked for."""


class Paths:
    """The files of a project by the names under which they import one another."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = frozenset(paths)

    def find(self, importer: str, module: str) -> str | None:
        """The file that ``module`` means when ``importer`` says it; None for what is not part of the project."""
        if not module:
            return None
        if importer.endswith(_PYTHON):
            return self._python(importer, module)
        if importer.endswith(_SCRIPTS):
            return self._script(importer, module)
        return None

    def inside(self, path: str, name: str) -> str | None:
        """The module ``name`` in the package whose ``__init__`` file this is."""
        if posixpath.basename(path) != "__init__.py":
            return None
        return self._module(posixpath.join(posixpath.dirname(path), name))

    def _python(self, importer: str, module: str) -> str | None:
        folder = posixpath.dirname(importer)
        below = module.lstrip(".").replace(".", "/")
        dots = len(module) - len(module.lstrip("."))
        if dots:
            for _ in range(dots - 1):
                folder = posixpath.dirname(folder)
            return self._module(posixpath.join(folder, below) if below else folder)
        for _ in range(_TOPS):
            found = self._module(posixpath.join(folder, below))
            # A file does not import itself by a name that the standard library has too.
            if found is not None and found != importer:
                return found
            source = self._module(posixpath.join(folder, "src", below))
            if source is not None:
                return source
            if not folder:
                return None
            folder = posixpath.dirname(folder)
        return None

    def _module(self, stem: str) -> str | None:
        for candidate in (f"{stem}.py", f"{stem}/__init__.py", f"{stem}.pyi"):
            if candidate in self._paths:
                return candidate
        return None

    def _script(self, importer: str, module: str) -> str | None:
        if module.startswith("."):
            return self._file(posixpath.normpath(posixpath.join(posixpath.dirname(importer), module)))
        alias = next((alias for alias in _ALIASES if module.startswith(alias)), None)
        if alias is None:
            return None
        folder = posixpath.dirname(importer)
        for _ in range(_TOPS):
            for source in ("src", ""):
                found = self._file(posixpath.normpath(posixpath.join(folder, source, module.removeprefix(alias))))
                if found is not None:
                    return found
            if not folder:
                return None
            folder = posixpath.dirname(folder)
        return None

    def _file(self, stem: str) -> str | None:
        base, suffix = posixpath.splitext(stem)
        candidates = [stem] if suffix in _SCRIPTS else []
        candidates += [base + other for other in _COMPILED.get(suffix, ())]
        candidates += [stem + other for other in _SCRIPTS]
        candidates += [f"{stem}/index{other}" for other in _SCRIPTS]
        return next((path for path in candidates if path in self._paths), None)
