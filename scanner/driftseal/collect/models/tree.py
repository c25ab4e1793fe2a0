"""Which folders and files are models, and which files belong to one.

A folder is a model where a file of it says so (``config.json`` of a model, ``model_index.json``, ``MLmodel`` …) beside
weights, or where it holds weights and what goes with them and nothing else. In any other folder, a project say, a
model file is a model by itself.
"""

from __future__ import annotations

import json
import os
import posixpath
import stat
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final

from driftseal.collect.models import opening
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.records import dataclass
from driftseal.regexes import regex

WEIGHTS: Final = frozenset(
    {".pkl", ".pickle", ".dill", ".pt", ".pth", ".pt2", ".ptl", ".ckpt", ".torchscript", ".joblib", ".npy", ".npz"}
    | {".safetensors", ".gguf", ".ggml", ".onnx", ".keras", ".h5", ".hdf5", ".tflite", ".mlmodel", ".pmml", ".skops"}
    | {".nemo", ".mar", ".llamafile", ".t7", ".rds", ".rdata", ".cbm", ".ubj", ".pdparams", ".pdmodel"}
)
"""Endings that only files of models have, or files of data that load as they do."""
PERHAPS: Final = frozenset({".bin", ".pb", ".meta", ".dat", ".model", ".params", ".msgpack", ".th", ".xgb", ".bst"})
"""Endings of models and of anything else: the first bytes tell."""
_INDEX: Final = (".safetensors.index.json", ".bin.index.json")
_MARKS: Final = frozenset(
    {"model_index.json", "adapter_config.json", "tokenizer_config.json", "config_sentence_transformers.json"}
    | {"MLmodel", "saved_model.pb", "saved_model.pbtxt", "keras_metadata.pb"}
)
_CONFIGURATION: Final = "config.json"
_MODEL_KEYS: Final = frozenset({"architectures", "model_type", "auto_map", "_class_name", "quantization_config"})
_ALONE: Final = frozenset(
    {"tokenizer.json", "tokenizer_config.json", "generation_config.json", "adapter_config.json", "model_index.json"}
    | {"modules.json", "chat_template.json", "preprocessor_config.json", "processor_config.json"}
    | {"special_tokens_map.json", "config_sentence_transformers.json", "sentence_bert_config.json"}
)
"""Files that only loaders of models obey, whatever stands in them."""
_TEMPLATES: Final = frozenset({".jinja", ".jinja2", ".j2"})
_KEYS: Final = regex(rb'"(?:architectures|model_type|auto_map|_class_name|quantization_config|chat_template)"\s*:')
_LOOKED: Final = 1 << 16
_PROJECT: Final = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "package.json", "go.mod", "Cargo.toml", "pom.xml", "build.gradle"}
)
_COMPANIONS: Final = frozenset(
    {"", ".json", ".jsonl", ".txt", ".md", ".yaml", ".yml", ".toml", ".jinja", ".vocab", ".merges", ".tiktoken"}
    | {".spm", ".sig", ".sha256", ".asc", ".pdf", ".png", ".jpg", ".index", ".pbtxt"}
)
_PASSED: Final = frozenset({".git", ".driftseal"})
"""Folders of a model that are no part of it: version control, and our own baselines."""
_DOWNLOADS: Final = (".cache", "huggingface")
"""Where downloading into a folder keeps its notes, times among them."""
_HUB: Final = "models--"
"""How the folder of one model begins in the cache of Hugging Face; its snapshots are links into it."""
_LEAVES: Final = "a link that leads out of the folder; put the file itself there, or scan what it leads to"


@dataclass(slots=True)
class _Folder:
    names: list[str]
    below: list[Path]
    weights: bool = False
    """Whether it or a folder below holds weights."""
    only: bool = True
    """Whether it holds models and nothing else."""


@dataclass(frozen=True, slots=True)
class Models:
    """What is a model in a folder."""

    roots: tuple[Path, ...]
    """Files and folders; the folder itself where it is one."""
    only: bool
    """Nothing else lies there."""
    whole: bool = True
    """All of the folder was looked through."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a model."""

    name: str
    """Relative to the model's folder, with forward slashes."""
    path: Path
    why: str = ""
    """Why it is not read, where it is not."""


def is_weights(name: str) -> bool:
    """Whether a file goes under a name that models have."""
    return PurePath(name).suffix.lower() in WEIGHTS


def is_configuration(path: Path) -> bool:
    """Whether a file is what loaders of models obey, by its name; one of a name that others use, too, by its keys."""
    if path.name in _ALONE or path.name.endswith(_INDEX) or path.suffix.lower() in _TEMPLATES:
        return True
    if path.name != _CONFIGURATION:
        return False
    try:
        with opening.opened(path, path.name) as file:
            return _KEYS.search(file.read(_LOOKED)) is not None
    except (TargetError, OSError):
        return False


def is_empty(root: Path) -> bool:
    """Whether nothing at all lies in a folder, as where a download failed; one that cannot be listed is not."""
    try:
        return next(root.iterdir(), None) is None
    except OSError:
        return False


def find(root: Path, limits: Limits) -> Models:
    """The models in a folder, without those of tests, documentation and dependencies, as everywhere."""
    finder = _Finder(root, limits)
    return finder.models()


class _Finder:
    def __init__(self, root: Path, limits: Limits) -> None:
        self._root = root
        self._limits = limits
        self._folders: dict[Path, _Folder] = {}
        self._whole = True
        self._walk()
        for path, folder in reversed(self._folders.items()):
            self._weigh(path, folder)

    def models(self) -> Models:
        roots: list[Path] = []
        open_ = [self._root]
        while open_:
            path = open_.pop()
            folder = self._folders.get(path)
            if folder is None:
                continue
            if self._is_model(path, folder):
                roots.append(path)
                continue
            roots += [path / name for name in folder.names if _holds_weights(path, name)]
            open_ += folder.below
        return Models(tuple(sorted(roots)), self._folders[self._root].only if self._folders else False, self._whole)

    def _walk(self) -> None:
        from driftseal.observe import aside

        left = self._limits.files
        for text, below, names in os.walk(self._root):
            path = Path(text)
            inside = path.relative_to(self._root)
            below[:] = sorted(name for name in below if not aside.is_aside((inside / name / "x").as_posix()))
            left -= len(names)
            if left < 0 or len(inside.parts) > self._limits.folder_depth:
                self._whole = False
                return
            self._folders[path] = _Folder(sorted(names), [path / name for name in below])

    def _weigh(self, path: Path, folder: _Folder) -> None:
        known = [self._folders[one] for one in folder.below if one in self._folders]
        direct = [_holds_weights(path, name) for name in folder.names]
        folder.weights = any(direct) or any(one.weights for one in known)
        fits = all(
            weights or posixpath.splitext(name)[1].lower() in _COMPANIONS | PERHAPS
            for name, weights in zip(folder.names, direct, strict=True)
        )
        folder.only = fits and all(
            one.only or self._is_model(place, one)
            for place, one in zip(folder.below, map(self._folders.get, folder.below), strict=True)
            if one is not None
        )
        folder.only &= _PROJECT.isdisjoint(folder.names)

    def _is_model(self, path: Path, folder: _Folder) -> bool:
        direct = any(_holds_weights(path, name) for name in folder.names)
        if self._is_marked(path, folder.names):
            indexed = any(name.endswith(_INDEX) for name in folder.names)
            return direct or indexed or path == self._root or (folder.weights and _PROJECT.isdisjoint(folder.names))
        return direct and folder.only

    def _is_marked(self, path: Path, names: list[str]) -> bool:
        if any(name in _MARKS or name.endswith(_INDEX) for name in names):
            return True
        return _CONFIGURATION in names and _is_of_model(path / _CONFIGURATION, self._limits)


def _holds_weights(folder: Path, name: str) -> bool:
    # Every file of a project passes here: a path is made of those alone that are looked into.
    suffix = posixpath.splitext(name)[1].lower()
    return suffix in WEIGHTS or (suffix in PERHAPS and opening.format_of(folder / name) != "")


def _is_of_model(path: Path, limits: Limits) -> bool:
    """Whether a config.json is that of a model."""
    try:
        with opening.opened(path, path.name) as file:
            value = json.loads(file.read(limits.model_text_bytes))
    except (TargetError, OSError, ValueError, RecursionError):
        return False
    return isinstance(value, dict) and not _MODEL_KEYS.isdisjoint(value)


def members(root: Path, limits: Limits) -> Iterator[Member]:
    """Every file of a model, in order, and what of it is not read. A file is its own only member."""
    if not root.is_dir():
        yield Member(root.name, root)
        return
    unreadable: list[OSError] = []
    left = limits.files
    inner = _boundary(root)
    for text, below, names in os.walk(root, onerror=unreadable.append):
        folder = Path(text)
        inside = folder.relative_to(root)
        below[:] = sorted(name for name in below if not _is_passed((*inside.parts, name)))
        left -= len(names)
        if left < 0 or len(inside.parts) > limits.folder_depth:
            why = "more files than are looked at (limits.files, limits.folder_depth)"
            yield Member(inside.as_posix(), folder, why)
            return
        for name in below:
            if (folder / name).is_symlink() and not _leads_inside(folder / name, root):
                yield Member((inside / name).as_posix(), folder / name, _LEAVES)
        for name in sorted(names):
            yield _member(folder / name, (inside / name).as_posix(), inner)
    for cause in unreadable:
        path = Path(os.fsdecode(cause.filename))
        yield Member(path.relative_to(root).as_posix(), path, f"cannot be read: {cause.strerror}")


def _is_passed(parts: tuple[str, ...]) -> bool:
    return parts[-1] in _PASSED or parts[-2:] == _DOWNLOADS


def _boundary(root: Path) -> Path:
    """The folder that links may lead to: the model's, or in the Hub's cache that of all its snapshots."""
    return next((one for one in (root, *root.parents) if one.name.startswith(_HUB)), root)


def _leads_inside(path: Path, boundary: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(boundary.resolve(strict=True))
    except (OSError, RuntimeError):
        return False


def _member(path: Path, name: str, boundary: Path) -> Member:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            if not _leads_inside(path, boundary):
                return Member(name, path, _LEAVES)
            path = path.resolve(strict=True)
            mode = path.lstat().st_mode
    except (OSError, RuntimeError) as cause:
        return Member(name, path, f"cannot be read: {getattr(cause, 'strerror', None) or 'a link in a circle'}")
    return Member(name, path, "" if stat.S_ISREG(mode) else "neither a file nor a folder: a device, a pipe or a socket")
