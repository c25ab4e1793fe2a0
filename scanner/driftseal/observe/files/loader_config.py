"""Configurations by which libraries load a model from its folder: what code of whose they make it run.

Facts:

- ``loader-runs-own-code``: a class or function of a file of the model itself is imported (subject: it).
- ``loader-runs-foreign-code``: one of another repository, whose owner may change it any day (subject: it).
- ``loader-imports-module``: a part of the model is a class of a package that no such library is (subject: it).
- ``loader-generates-by-code``: answers are made by code that the model names (subject: where it is).
- ``loader-path-escapes``: weights are taken from a path that leads out of the model's folder (subject: the path).
- ``loader-asks-for-trust``: the configuration itself switches trust_remote_code on.
- ``loader-duplicate-key``: a name stands twice, of which readers take different ones (subject: the name).
- ``loader-unparsable``: no JSON, or nested too deep.

Of tokenizers (``_tokenizer``; subject: the token, or both sides of what is replaced):

- ``tokenizer-token-address``, ``tokenizer-token-sentence``, ``tokenizer-token-hidden``: an added token holds an
  address, is a sentence, or holds signs that nobody sees.
- ``tokenizer-tokens-alike``, ``tokenizer-id-shared``: two added tokens look alike, or have one number.
- ``tokenizer-special-is-word``: a mark such as the end of texts is an ordinary word.
- ``tokenizer-rewrites-text``, ``tokenizer-writes-address``: words, or an address, are put in place of what was written.
- ``tokenizer-inserts-text``: words are added to every text.

Of what is generated (``_decoding``; subject: the member):

- ``generation-forces-tokens``, ``generation-forbids-tokens``: tokens of every answer are prescribed or forbidden.
- ``pipeline-unchecked``: the check of what a pipeline shows is left out.

Properties: ``tokens`` (those added to a tokenizer, with their numbers) and ``refusals`` (words by which it refuses).
Chat templates are files within the file, read as ``jinja``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import parse_json
from driftseal.errors import TargetError
from driftseal.formats.blob import Blob, Bytes
from driftseal.model.item import Json
from driftseal.observe import words
from driftseal.observe.files import _decoding, _graph, _tokenizer
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Seen

_LOOKED: Final = 1 << 16
_MARK: Final = re.compile(
    rb'"(?:auto_map|chat_template|weight_map|custom_generate|custom_pipelines|model_type|tokenizer_class|architectures'
    rb"|_class_name|_diffusers_version|transformers_version|added_tokens|added_tokens_decoder|base_model_name_or_path"
    rb"|additional_special_tokens|eos_token|eos_token_id|suppress_tokens|bad_words_ids|sequence_bias|normalizer"
    rb'|pre_tokenizer|post_processor|forced_decoder_ids|safety_checker|trust_remote_code)"\s{0,20}:|"type"\s{0,20}:\s{0,20}"[\w.]{1,200}\.models\.'
)
_MODULE: Final = re.compile(rb'\A\s{0,100}\[\s{0,100}\{[^\]]{0,500}"idx"\s{0,20}:[^\]]{0,500}"type"\s{0,20}:')
_FOREIGN: Final = "--"
"""What stands between another repository and the name of a file in it."""
_PAIR: Final = 2
_STEP: Final = 8
"""Bytes of JSON that are read as fast as one step of anything else."""


class LoaderConfig(Analyser):
    """See the module."""

    name: ClassVar[str] = "loader_config"

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in {b"{", b"["} or b"\0" in head:
            return False
        data = head if len(head) == blob.size else blob.read_at(0, _LOOKED)
        return _MARK.search(data) is not None or _MODULE.match(data) is not None

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        limits = budget.limits
        if blob.size > limits.file_bytes or not budget.spend(blob.size // _STEP):
            yield Blank("the configuration is too large to be parsed (limits.file_bytes)")
            return
        try:
            parsed = parse_json(blob.read_at(0, blob.size), name, limits)
        except TargetError as cause:
            why = str(cause).removeprefix(f"{name}:").strip()
            yield Fact("loader-unparsable", why)
            yield Blank(f"the configuration cannot be parsed: {why}")
            return
        for key in parsed.duplicate_keys:
            yield Fact("loader-duplicate-key", f"{key} stands twice", subject=key)
        if isinstance(parsed.value, dict):
            yield from _of_object(parsed.value)
            yield from _tokenizer.of_object(parsed.value, limits)
            yield from _decoding.of_object(parsed.value)
        elif isinstance(parsed.value, list):
            for part in parsed.value:
                if isinstance(part, dict) and isinstance(part.get("type"), str):
                    yield from _of_class(str(part["type"]))
                    yield from _escapes(part.get("path"))


def _of_object(value: dict[str, Json]) -> Iterator[Seen]:
    mapped = value.get("auto_map")
    for reference in dict.fromkeys(_texts(mapped)):
        foreign = _FOREIGN in reference
        whose = "another repository" if foreign else "a file of the model"
        fact = "loader-runs-foreign-code" if foreign else "loader-runs-own-code"
        yield Fact(fact, f"auto_map: {reference} of {whose}", subject=reference)
    pipelines = value.get("custom_pipelines")
    for entry in pipelines.values() if isinstance(pipelines, dict) else ():
        if isinstance(entry, dict) and isinstance(entry.get("impl"), str):
            yield Fact("loader-runs-own-code", f"custom_pipelines: {entry['impl']}", subject=str(entry["impl"]))
    generate = value.get("custom_generate")
    if isinstance(generate, str) and generate:
        yield Fact("loader-generates-by-code", f"custom_generate: {generate}", subject=generate)
    yield from _components(value)
    yield from _of_adapter(value)
    for member in ("", "config_args", "model_args", "model_kwargs", "tokenizer_args", "processor_kwargs"):
        part = value.get(member) if member else value
        if isinstance(part, dict) and part.get("trust_remote_code") is True:
            yield Fact("loader-asks-for-trust", f"{member or 'it'} sets trust_remote_code", subject="trust_remote_code")
    yield from _escapes(value.get("weight_map"))
    yield from _templates(value.get("chat_template"))


def _of_adapter(value: dict[str, Json]) -> Iterator[Fact]:
    """Modules that peft imports by their name."""
    mapping = value.get("auto_mapping")
    library = mapping.get("parent_library") if isinstance(mapping, dict) else None
    if isinstance(library, str) and library:
        yield from _of_class(library)
    core = value.get("megatron_core")
    if isinstance(core, str) and value.get("megatron_config"):
        yield from _of_class(core)


def _escapes(paths: Json) -> Iterator[Fact]:
    for path in sorted(set(_texts(paths))):
        why = _graph.why_escapes(path)
        if why:
            yield Fact("loader-path-escapes", f"{path} {why}", subject=path)


def _components(value: dict[str, Json]) -> Iterator[Fact]:
    """Parts of a pipeline of diffusers, each a library and a class of it."""
    for name, made in value.items():
        known = name == "_class_name" or "_diffusers_version" in value
        if known and isinstance(made, list) and len(made) == _PAIR and all(isinstance(part, str) for part in made):
            yield from _of_class(f"{made[0]}.{made[1]}")


def _of_class(path: str) -> Iterator[Fact]:
    known = words.vocabulary("loaders", "libraries") | words.vocabulary("loaders", "pipelines")
    if _FOREIGN in path:
        yield Fact("loader-runs-foreign-code", f"a part of the model is {path} of another repository", subject=path)
    elif path.partition(".")[0].lower() not in known:
        yield Fact("loader-imports-module", f"a part of the model is {path}", subject=path)


def _templates(value: Json) -> Iterator[Embedded]:
    """The chat template, or several with names."""
    if isinstance(value, str):
        yield _template("chat_template", value)
    for number, part in enumerate(value) if isinstance(value, list) else ():
        if isinstance(part, dict) and isinstance(part.get("template"), str):
            yield _template(f"chat_template.{part.get('name', number)}", str(part["template"]))


def _template(path: str, text: str) -> Embedded:
    return Embedded(path, Bytes(text.encode("utf-8", "replace")), "jinja")


def _texts(value: Json) -> Iterator[str]:
    """Every text in a mapping of texts or of lists of them."""
    for part in value.values() if isinstance(value, dict) else [value]:
        for one in part if isinstance(part, list) else [part]:
            if isinstance(one, str):
                yield one
