"""What a difference amounts to, in the words that drift rules use. Nothing here says how bad it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from driftseal import canonical
from driftseal.model.item import Json

ABSENT: Final = "(absent)"
"""How a rule's ``from:`` and ``to:`` name a member that is not there."""
_SHOWN: Final = 60


class Edit(StrEnum):
    """What was done to one place; the values of ``edit:`` in drift rules."""

    PARAMETER_ADDED = "parameter-added"
    PARAMETER_REMOVED = "parameter-removed"
    PARAMETER_REQUIRED = "parameter-required"
    """An optional parameter must now be given."""
    PARAMETER_OPTIONAL = "parameter-optional"
    DEFAULT_CHANGED = "default-changed"
    ENUM_WIDENED = "enum-widened"
    """More values are allowed, or any."""
    ENUM_NARROWED = "enum-narrowed"
    REORDERED = "reordered"
    CONSTRAINT_DROPPED = "constraint-dropped"
    """A pattern, a length, a range or a format went or allows more."""
    CONSTRAINT_ADDED = "constraint-added"
    TYPE_WIDENED = "type-widened"
    TYPE_CHANGED = "type-changed"
    SCHEMA_OPENED = "schema-opened"
    """Arguments that the schema does not name are now allowed."""
    SCHEMA_CHANGED = "schema-changed"
    """Anything else in a schema."""
    OUTPUT_CHANGED = "output-changed"
    TEXT_CHANGED = "text-changed"
    HINT_CHANGED = "hint-changed"
    MEMBER_CHANGED = "member-changed"
    """Any other member of an item."""
    COMMAND_CHANGED = "command-changed"
    PACKAGE_CHANGED = "package-changed"
    PACKAGE_VERSION_CHANGED = "package-version-changed"
    PACKAGE_UNPINNED = "package-unpinned"
    REGISTRY_CHANGED = "registry-changed"
    """Where packages are fetched from."""
    URL_CHANGED = "url-changed"
    """Another host."""
    URL_PATH_CHANGED = "url-path-changed"
    URL_UNENCRYPTED = "url-unencrypted"
    CODE_IN_ARGUMENTS = "code-in-arguments"
    ARGUMENT_CHANGED = "argument-changed"
    VARIABLE_ADDED = "variable-added"
    HEADER_ADDED = "header-added"
    APPROVAL_WIDENED = "approval-widened"
    """More runs without asking."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One edit at one place."""

    edit: Edit
    pointer: str
    subject: str = ""
    """Name of the parameter, hint or member."""
    old: Json = ABSENT
    new: Json = ABSENT
    required: bool = False
    """For a parameter: it must be given."""
    schema: Mapping[str, Json] | None = None
    """For a parameter: what is said of it."""

    @property
    def words(self) -> str:
        """What happened, in words for people."""
        name = f" `{shown(self.subject)}`" if self.subject else " the arguments"
        return _WORDS[self.edit].format(
            name=name, old=shown(self.old), new=shown(self.new), must="required" if self.required else "optional"
        )


_WORDS: Final = {
    Edit.PARAMETER_ADDED: "parameter{name} was added and is {must}",
    Edit.PARAMETER_REMOVED: "parameter{name} was removed",
    Edit.PARAMETER_REQUIRED: "parameter{name} became required",
    Edit.PARAMETER_OPTIONAL: "parameter{name} became optional",
    Edit.DEFAULT_CHANGED: "the default of{name} changed from {old} to {new}",
    Edit.ENUM_WIDENED: "the values allowed for{name} grew from {old} to {new}",
    Edit.ENUM_NARROWED: "fewer values are allowed for{name}: {new}",
    Edit.REORDERED: "the values of{name} were reordered",
    Edit.CONSTRAINT_DROPPED: "a bound of{name} was loosened from {old} to {new}",
    Edit.CONSTRAINT_ADDED: "a bound of{name} was tightened from {old} to {new}",
    Edit.TYPE_WIDENED: "the type of{name} was widened from {old} to {new}",
    Edit.TYPE_CHANGED: "the type of{name} changed from {old} to {new}",
    Edit.SCHEMA_OPENED: "arguments that the schema does not name are now allowed",
    Edit.SCHEMA_CHANGED: "the schema changed at{name}",
    Edit.OUTPUT_CHANGED: "the output schema changed",
    Edit.TEXT_CHANGED: "the text of{name} changed",
    Edit.HINT_CHANGED: "the annotation{name} changed from {old} to {new}",
    Edit.MEMBER_CHANGED: "{name} changed from {old} to {new}",
    Edit.COMMAND_CHANGED: "the command changed from {old} to {new}",
    Edit.PACKAGE_CHANGED: "the package changed from {old} to {new}",
    Edit.PACKAGE_VERSION_CHANGED: "the version of the package changed from {old} to {new}",
    Edit.PACKAGE_UNPINNED: "the package was pinned as {old} and now is {new}",
    Edit.REGISTRY_CHANGED: "packages come from another source: {new} instead of {old}",
    Edit.URL_CHANGED: "the address changed from {old} to {new}",
    Edit.URL_PATH_CHANGED: "the path of the address changed from {old} to {new}",
    Edit.URL_UNENCRYPTED: "the address lost its encryption: {new}",
    Edit.CODE_IN_ARGUMENTS: "the arguments now hold code: {new}",
    Edit.ARGUMENT_CHANGED: "the arguments changed from {old} to {new}",
    Edit.VARIABLE_ADDED: "the variable{name} is now handed over",
    Edit.HEADER_ADDED: "the header{name} is now sent",
    Edit.APPROVAL_WIDENED: "more runs without asking: {new} instead of {old}",
}


def shown(value: Json) -> str:
    """A value from outside inside a sentence: short, on one line, without hidden characters."""
    if value == ABSENT:
        return "nothing"
    text = canonical.show(canonical.compact(value))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def texts(value: Json, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every string value below a place, with its pointer."""
    for place, text, is_key in canonical.leaves(value, pointer):
        if not is_key:
            yield place, text
