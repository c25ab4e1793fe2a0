"""One configured server: what may be told of it, and the spec with its real values that only a live look sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from driftseal.collect.clients import redact, values
from driftseal.collect.clients.packages import Package, package_flags, recognise
from driftseal.collect.clients.shapes import COMMANDS, URLS
from driftseal.model.item import Json
from driftseal.records import dataclass

_ENV: Final = (
    "env",
    "environment",
    "envs",
    "env_vars",
    "env_keys",
    "envVars",
    "environmentVariables",
    "environment_variables",
)
_HEADERS: Final = ("headers", "http_headers", "httpHeaders", "requestHeaders")
_HEADERS_FROM_ENV: Final = ("env_http_headers", "envHttpHeaders")
_CWD: Final = ("cwd", "working_directory", "workingDirectory", "workdir", "working_dir")
_ENV_FILE: Final = ("envFile", "env_file")
_HELPER: Final = ("headersHelper", "headers_helper", "credentialHelper", "credential_process")
_OAUTH: Final = ("oauth", "auth", "authentication", "authorization", "OAUTH_CONFIG", "oauth2")
_KIND: Final = ("type", "transport", "transportType", "transport_type")
_TEXT: Final = ("description", "title", "instructions", "display_name", "displayName", "note")
"""Words about the server that a client may show to people or to the model."""
_TRANSPORTS: Final = {
    "local": "stdio", "stdio": "stdio", "http": "http", "https": "http", "remote": "http", "streamable-http": "http",
    "streamable_http": "http", "streamablehttp": "http", "streamable": "http", "http-stream": "http", "sse": "sse",
    "ws": "websocket", "websocket": "websocket",
}  # fmt: skip
_APPROVALS: Final = {
    "auto-approve": (
        "autoApprove", "alwaysAllow", "auto_approve", "always_allow", "autoApproved", "alwaysAllowTools", "autoAllow",
        "approvedTools", "trustedTools", "default_tools_approval_mode", "approval_mode", "autoApproveAll",
    ),
    "trust": ("trust", "trusted", "alwaysTrust"),
    "tools": (
        "tools", "allowedTools", "includeTools", "excludeTools", "enabled_tools", "disabled_tools", "enabledTools",
        "disabledTools", "available_tools", "availableTools", "toolFilter", "includeResources", "allowedToolsNames",
    ),
    "oauth-scopes": ("scopes", "oauth_scopes", "scope"),
    "sandbox": ("sandboxEnabled", "sandbox", "sandbox_mode", "dangerouslyAllowAll", "permissions"),
}  # fmt: skip
_SETTINGS: Final = frozenset({"disabled", "enabled", "isActive", "is_active", "name", "id"})


@dataclass(slots=True)
class Credential:
    """One name under which the server is given a secret."""

    name: str
    sources: set[str] = field(default_factory=set)
    """``environment``, ``inline``, ``input``, ``file``, ``keyring``, ``placeholder``."""
    places: list[str] = field(default_factory=list)
    """Pointers inside the server's entry."""
    references: set[str] = field(default_factory=set)
    """What the configuration names instead of a value: ``${TOKEN}``."""


@dataclass(slots=True)
class Facts:
    """All that one server's entry says."""

    command: str = field(default="", repr=False)
    args: tuple[str, ...] = field(default=(), repr=False)
    env: dict[str, str] = field(default_factory=dict, repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    url: str = field(default="", repr=False)
    cwd: str = ""
    transport: str = ""
    content: dict[str, Json] = field(default_factory=dict)
    """Of the launch item: nothing in it is secret."""
    credentials: dict[str, Credential] = field(default_factory=dict)
    permissions: dict[str, dict[str, Json]] = field(default_factory=dict)
    inline: list[str] = field(default_factory=list)
    """Places of secrets that stand in the file itself."""
    package: Package | None = None
    enabled: bool = True


def understand(raw: Mapping[str, Json], inputs: Mapping[str, Json] | None = None) -> Facts:
    """Everything an entry says, whatever the client's spelling.

    ``inputs``: the configuration's prompts for values, by id.
    """
    facts = Facts()
    reader = _Reader(raw, facts, inputs or {})
    reader.command()
    reader.url()
    reader.variables()
    reader.request_headers()
    reader.oauth()
    reader.permissions()
    reader.rest()
    return facts


class _Reader:
    """Reads one entry into its facts, and remembers which keys it has understood."""

    def __init__(self, raw: Mapping[str, Json], facts: Facts, inputs: Mapping[str, Json]) -> None:
        self._raw = raw
        self._facts = facts
        self._inputs = inputs
        self._used: set[str] = set(_SETTINGS)

    # --- how it is reached -------------------------------------------------------------------

    def command(self) -> None:
        facts, words = self._facts, list[str]()
        for key in COMMANDS:
            given = self._take(key)
            if isinstance(given, dict):
                self._used.update(("args", "env"))
                words = [str(given.get("path", given.get("command", ""))), *values.texts(given.get("args"))]
                facts.env.update(values.pairs(given.get("env")))
            elif isinstance(given, list):
                words = values.texts(given)
            elif isinstance(given, str) and given:
                words = [given]
            if words:
                break
        args = self._take("args", "arguments", "argv")
        words.extend(args.split() if isinstance(args, str) else values.texts(args))
        facts.enabled = self._is_enabled()
        if not words or not words[0]:
            return
        facts.command, facts.args = words[0], tuple(words[1:])
        shown, secret = redact.arguments(facts.args, package_flags=package_flags(facts.command))
        # Places are those of the item's own content, however the client spells them.
        facts.inline.extend(f"args/{index}" for index in secret)
        command = redact.redact(facts.command)
        if command != facts.command:
            facts.inline.append("command")
        facts.content |= {"command": command, "args": list[Json](shown)}
        # Out of what is shown, so that no secret is taken for a package.
        facts.package = recognise(command, shown)
        self._named_arguments(shown, secret)
        for word in words:
            self._referenced(word, "args")

    def _named_arguments(self, shown: list[str], secret: list[int]) -> None:
        """Credentials that an argument gives by name."""
        for index in secret:
            name, mark, _ = shown[index].partition("=")
            before = shown[index - 1] if index else ""
            if not (mark and name):
                name = before if before.startswith("-") else ""
            if name and redact.REDACTED not in name:
                self._credential(name.lstrip("-"), "inline", f"args/{index}")

    def url(self) -> None:
        facts = self._facts
        kind = next((str(self._raw[key]) for key in _KIND if isinstance(self._raw.get(key), str)), "")
        self._used.update(_KIND)
        for key in URLS:
            given = self._take(key)
            if isinstance(given, str) and given and not facts.url:
                facts.url = given
                shown = redact.redact(redact.url(given))
                bare = redact.without_placeholders(given)
                if redact.redact(redact.url(bare)) != bare:
                    facts.inline.append("url")
                    self._credential("url", "inline", key)
                elif shown != given:
                    self._credential("url", "placeholder", key)
                facts.content["url"] = shown
                self._referenced(given, key)
                if not kind and key == "httpUrl":
                    kind = "http"
        default = "stdio" if facts.command else "http" if facts.url else ""
        facts.transport = _TRANSPORTS.get(kind.casefold(), kind) if kind else default
        facts.content["transport"] = redact.redact(facts.transport)

    # --- what it is given --------------------------------------------------------------------

    def variables(self) -> None:
        facts, kept = self._facts, list[str]()
        for key in _ENV:
            given = self._take(key)
            if key == "env_keys":
                kept = values.texts(given)
            else:
                facts.env.update(values.pairs(given))
        for name, value in facts.env.items():
            self._value(name, value, f"env/{name}")
        for name in kept:
            self._credential(redact.redact(name), "keyring", "env_keys")
            facts.env.setdefault(name, f"${{{name}}}")
        if facts.env:
            facts.content["env"] = list[Json](sorted({redact.name(name) for name in facts.env}))
        env_file = self._take(*_ENV_FILE)
        if isinstance(env_file, str) and env_file:
            facts.content["envFile"] = redact.redact(env_file)
        cwd = self._take(*_CWD)
        if isinstance(cwd, str) and cwd:
            facts.cwd = cwd
            facts.content["cwd"] = redact.redact(cwd)

    def request_headers(self) -> None:
        facts = self._facts
        for key in _HEADERS:
            facts.headers.update(values.pairs(self._take(key)))
        options = self._take("requestInit", "requestOptions", "request_init")
        if isinstance(options, dict):
            facts.headers.update(values.pairs(options.get("headers")))
        for key in _HEADERS_FROM_ENV:
            for header, name in values.pairs(self._take(key)).items():
                facts.headers[header] = f"${{{name}}}"
        bearer = self._take("bearer_token_env_var", "bearerTokenEnvVar")
        if isinstance(bearer, str) and bearer:
            facts.headers["Authorization"] = f"Bearer ${{{bearer}}}"
            self._credential(bearer, "environment", "bearer_token_env_var")
        for name, value in facts.headers.items():
            self._value(name, value, f"headers/{name}")
        if facts.headers:
            facts.content["headers"] = list[Json](sorted({redact.name(name) for name in facts.headers}))
        helper = self._take(*_HELPER)
        words = helper.split() if isinstance(helper, str) else values.texts(helper)
        if words:
            shown, secret = redact.arguments(words)
            facts.content["headersHelper"] = " ".join(shown)
            if secret:
                facts.inline.append("headersHelper")

    def oauth(self) -> None:
        for key in _OAUTH:
            given = self._take(key)
            if isinstance(given, str):
                self._value(key, given, key)
            elif isinstance(given, dict):
                scopes = given.get("scopes", given.get("scope"))
                if scopes:
                    self._facts.permissions.setdefault("oauth-scopes", {})["scopes"] = values.shown_setting(scopes)
                for name, value in given.items():
                    if isinstance(value, str) and name not in {"scope", "scopes"}:
                        self._value(name, value, f"{key}/{name}", pointer=True)

    def _value(self, name: str, value: str, place: str, *, pointer: bool = False) -> None:
        """A named value: a credential if its name or its text says so."""
        secret_text = redact.is_secret_value(value)
        references = list(redact.references(value))
        named = redact.is_secret_name(name)
        if not (named or secret_text or any(self._is_secret_reference(entry) for entry in references)):
            return
        shown = redact.name(name)
        if references:
            for reference in references:
                self._credential(shown, values.source(reference), place, redact.redact(reference))
                self._input(reference)
            if redact.is_reference(value) or not secret_text:
                return
        # A variable whose value is its own name was never filled in.
        blank = redact.is_placeholder(value) or value.casefold() == name.casefold()
        where = "file" if redact.is_path(value) else "keyring" if redact.is_kept(value) else "inline"
        source = "placeholder" if blank else where
        self._credential(shown, source, place)
        if source == "inline":
            self._facts.inline.append(place if pointer else f"{place.partition('/')[0]}/{shown}")

    def _is_secret_reference(self, reference: str) -> bool:
        name = values.input_id(reference)
        about = self._inputs.get(name) if name else None
        if isinstance(about, dict) and about.get("password") is True:
            return True
        return redact.is_secret_name(reference) or redact.is_secret_name(name)

    def _referenced(self, text: str, place: str) -> None:
        """Secrets that an argument or a URL takes from elsewhere."""
        for reference in redact.references(text):
            if self._is_secret_reference(reference):
                self._credential(redact.redact(reference), values.source(reference), place)
            self._input(reference)

    def _input(self, reference: str) -> None:
        name = values.input_id(reference)
        if name:
            known = self._facts.content.setdefault("inputs", [])
            if isinstance(known, list) and name not in known:
                known.append(redact.redact(name))
                known.sort(key=str)

    def _credential(self, name: str, source: str, place: str, reference: str = "") -> None:
        credential = self._facts.credentials.setdefault(name, Credential(name))
        credential.sources.add(source)
        if place not in credential.places:
            credential.places.append(place)
        if reference:
            credential.references.add(reference)

    # --- what it may do ----------------------------------------------------------------------

    def permissions(self) -> None:
        for name, keys in _APPROVALS.items():
            for key in keys:
                given = self._take(key)
                if given in (None, False, [], {}, ""):
                    continue
                if key == "tools" and isinstance(given, dict):
                    given = {tool: about for tool, about in given.items() if isinstance(about, dict | bool | str)}
                self._facts.permissions.setdefault(name, {})[key] = values.shown_setting(given)

    def rest(self) -> None:
        """What no reader knows: numbers and switches as they stand, texts about the server, else the key alone."""
        settings: dict[str, Json] = {}
        for key, value in sorted(self._raw.items()):
            shown = redact.redact(key)
            if key in _TEXT and isinstance(value, str):
                self._facts.content[key] = redact.redact(value)
            elif key in self._used:
                continue
            elif isinstance(value, bool | int | float) and not redact.is_secret_name(key):
                settings[shown] = str(value) if isinstance(value, float) and value - value != 0 else value
            else:
                settings[shown] = values.SHAPES.get(type(value), "value")
                if isinstance(value, str):
                    self._value(key, value, key, pointer=True)
        if settings:
            self._facts.content["settings"] = settings
        if self._facts.inline:
            self._facts.content["inline_secrets"] = list[Json](sorted(set(self._facts.inline)))

    def _is_enabled(self) -> bool:
        if self._raw.get("disabled") is True:
            return False
        return not any(self._raw.get(key) is False for key in ("enabled", "isActive", "is_active"))

    def _take(self, *keys: str) -> Json:
        """The first of these that is there, under further spellings of one name (``key#2``) too."""
        self._used.update(keys)
        return next((self._raw[key] for key in keys if self._raw.get(key) is not None), None)
