"""YAML from outside, as plain JSON values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import yaml

from driftseal import canonical
from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import Limits
from driftseal.model.item import Json

_Base: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # libyaml's loader where it is there, the same class in Python where not
    """The safe loader without aliases: a few nested ones would unfold a small file without end."""

    def compose_node(self, parent: object, index: object) -> object:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "aliases are not read", mark)
        return super().compose_node(parent, index)


def documents(data: bytes, name: str, limits: Limits) -> Iterator[Json]:
    """Every document of a YAML stream, one at a time, so that a later one costs nothing until asked for.

    Raises:
        LimitExceeded: larger or deeper than ``limits`` allow.
        FormatError: not YAML; ``line`` says where.
    """
    if len(data) > limits.file_bytes:
        raise LimitExceeded(f"{name}: larger than {limits.file_bytes} bytes")
    loader = None
    try:
        loader = _Loader(data.decode("utf-8-sig"))
        while loader.check_data():
            value = _plain(loader.get_data(), name, limits.json_depth)
            canonical.check_depth(value, name, limits)
            yield value
    except UnicodeDecodeError as cause:
        raise FormatError(f"{name}: not UTF-8 at byte {cause.start}", hint="save the file as UTF-8") from cause
    except RecursionError:
        raise LimitExceeded(f"{name}: nested deeper than {limits.json_depth} levels") from None
    except yaml.YAMLError as cause:
        mark = getattr(cause, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        problem = getattr(cause, "problem", None) or "unreadable"
        raise FormatError(
            f"{name}:{line}: not valid YAML: {problem}", hint="mend the syntax on that line", line=line
        ) from cause
    except ValueError as cause:
        raise FormatError(f"{name}: not valid YAML: {cause}", hint="mend the value") from cause
    finally:
        if loader is not None:
            loader.dispose()


def _plain(value: object, name: str, depth: int) -> Json:
    if depth < 0:
        raise LimitExceeded(f"{name}: nested too deeply")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(child, name, depth - 1) for key, child in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(child, name, depth - 1) for child in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return repr(value)
