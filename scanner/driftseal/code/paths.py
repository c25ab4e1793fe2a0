"""Which file of a project an import means."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from typing import Final

_PYTHON: Final = (".py", ".pyi")
_SCRIPTS: Final = (".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".jsx")
_COMPILED: Final = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
"""TypeScript imports a file by the name that it will have once it is compiled."""
_ALIASES: Final = ("@/", "~/", "#/", "src/")
_PACKAGES: Final = (".go", ".java")
"""Languages in which the files of a folder share their names, and imports name folders."""
_RUST: Final = ".rs"
_ROOTS: Final = frozenset({"lib.rs", "main.rs", "mod.rs"})
"""Files that are the module of their folder."""
_WHOLE: Final = (".cs",)
"""Languages in which all files of a project share the names of their types."""
_SHARED: Final = (*_PACKAGES, *_WHOLE)
"""Languages in which files share their names at all."""
_LIBRARIES: Final = ("github.com/mark3labs/mcp-go/", "github.com/modelcontextprotocol/go-sdk/")
"""Whose folders have names that servers give to their own."""
_PARTS: Final = 12
"""Last parts of a folder's path by which it is found."""
_TOPS: Final = 8
"""Folders from the file upwards below which an absolute import is looked for."""


class Paths:
    """The files of a project by the names under which they import one another."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = frozenset(paths)
        self._folders: dict[tuple[str, str], list[str]] = {}
        """Files of each folder by its path and their suffix, for languages with packages."""
        self._ends: dict[tuple[str, str], str] = {}
        """Folders by their last parts and the suffix of their files."""
        for path in sorted(path for path in self._paths if path.endswith(_PACKAGES)):
            folder, suffix = posixpath.dirname(path), posixpath.splitext(path)[1]
            if (folder, suffix) not in self._folders:
                parts = folder.split("/")[-_PARTS:]
                for start in range(len(parts)):
                    self._ends.setdefault(("/".join(parts[start:]), suffix), folder)
            self._folders.setdefault((folder, suffix), []).append(path)
        self._parts = frozenset(
            part for path in self._paths if path.endswith(_PYTHON) for part in posixpath.splitext(path)[0].split("/")
        )
        """Folders and files of Python: most imports name none of them."""
        self._whole = {end: sorted(path for path in self._paths if path.endswith(end)) for end in _WHOLE}

    def find(self, importer: str, module: str) -> str | None:
        """The file that ``module`` means when ``importer`` says it; None for what is not part of the project."""
        if not module:
            return None
        if importer.endswith(_PYTHON):
            return self._python(importer, module)
        if importer.endswith(_SCRIPTS):
            return self._script(importer, module)
        if importer.endswith(_RUST):
            return self._rust(importer, module.split("."))
        if importer.endswith(_PACKAGES):
            return self._package(posixpath.splitext(importer)[1], module)
        return None

    def beside(self, path: str) -> Sequence[str]:
        """The files of the package that a file is part of, in languages where its names are known to all of them."""
        if not path.endswith(_SHARED):
            return ()
        suffix = posixpath.splitext(path)[1]
        return self._whole[suffix] if suffix in _WHOLE else self._folders.get((posixpath.dirname(path), suffix), ())

    def inside(self, path: str, name: str) -> str | None:
        """The module ``name`` in the package whose ``__init__`` file this is."""
        if posixpath.basename(path) != "__init__.py":
            return None
        return self._module(posixpath.join(posixpath.dirname(path), name))

    def _python(self, importer: str, module: str) -> str | None:
        folder = posixpath.dirname(importer)
        below = module.lstrip(".").replace(".", "/")
        if below and below.partition("/")[0] not in self._parts:
            return None
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

    def _package(self, suffix: str, module: str) -> str | None:
        """The first file of the folder that a package is: by the whole of its name, or in Go by the end of it."""
        if suffix == ".java":
            found = self._ends.get((module.replace(".", "/"), suffix))
        elif "." not in module.split("/", maxsplit=1)[0] or module.startswith(_LIBRARIES):
            return None
        else:
            parts = module.split("/")[-_PARTS:]
            ends = ("/".join(parts[start:]) for start in range(len(parts) - 1))
            found = next((self._ends[end, suffix] for end in ends if (end, suffix) in self._ends), None)
            top = self._ends.get((parts[-1], suffix), "")
            found = top if found is None and top.count("/") <= 1 and top else found
        return self._folders[found, suffix][0] if found is not None else None

    def _rust(self, importer: str, parts: Sequence[str]) -> str | None:
        """The file of ``crate.a.b``, ``self.a``, ``super.a``; the crate may be called by its own name.

        A module that the file declares needs no ``self`` before it.
        """
        folder, name = posixpath.split(importer)
        own = folder if name in _ROOTS else posixpath.join(folder, name.removesuffix(_RUST))
        if parts[0] not in {"self", "super", "crate"} and self._rust_file(posixpath.join(own, parts[0])) is not None:
            parts = ("self", *parts)
        first, rest = parts[0], list(parts[1:])
        at = folder.split("/")
        top = "/".join(at[: len(at) - at[::-1].index("src")]) if "src" in at else folder
        base = own if first in {"self", "super"} else top
        while first == "super":
            base = posixpath.dirname(base)
            first, rest = (rest[0], rest[1:]) if rest[:1] == ["super"] else ("", rest)
        if first not in {"self", "super", "crate", ""} and not self._rust_file(posixpath.join(base, *rest[:1])):
            return None
        for end in range(len(rest), 0, -1):
            found = self._rust_file(posixpath.join(base, *rest[:end]))
            if found is not None:
                return found
        if first not in {"crate", "", "super"}:
            return None
        roots = (posixpath.join(base, root) for root in ("lib.rs", "main.rs", "mod.rs"))
        return next((path for path in (*roots, f"{base}.rs") if path in self._paths), None)

    def _rust_file(self, stem: str) -> str | None:
        return next((path for path in (f"{stem}.rs", f"{stem}/mod.rs") if path in self._paths), None)

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
        candidates.append(stem)  # Node reads a file as a script whatever it is called
        return next((path for path in candidates if path in self._paths), None)
