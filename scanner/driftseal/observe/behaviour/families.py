"""Every family of behaviour, asked in turn what it finds in a project."""

from __future__ import annotations

import gc
from collections.abc import Mapping

from driftseal.code.project import Project
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.observe.behaviour import (
    accounts,
    addressed,
    admitted,
    aliases,
    asides,
    care,
    certificates,
    chance,
    channels,
    ciphers,
    client_errors,
    clipboard,
    cloud_rights,
    clouds,
    commands,
    cross_origin,
    destruction,
    doubled,
    downloads,
    dropped,
    evasion,
    events,
    every_place,
    everyone,
    exchanged,
    exfiltration,
    exposure,
    falsified,
    histories,
    hooks,
    hushed,
    images,
    injected,
    installs,
    kept_hidden,
    keys,
    led_away,
    listeners,
    logs,
    mailings,
    mounted,
    oauth_state,
    obfuscation,
    origin_checks,
    origins,
    partners,
    passed_tokens,
    payees,
    persistence,
    planted,
    posts,
    powers,
    programs,
    ransom,
    recipients,
    relays,
    remote_texts,
    remote_tools,
    replaced,
    required,
    rewrites,
    secret_words,
    served,
    session_ids,
    settings,
    shells,
    shown_keys,
    snippets,
    softened,
    spoiled,
    storages,
    strangers,
    surveys,
    tables,
    taps,
    texts,
    through,
    tokens,
    traps,
    triggers,
    turned,
    unlisted,
    unseen,
    unverified,
    veiled,
    verified,
    waivers,
    weak_secrets,
    worded,
    written_over,
)
from driftseal.observe.behaviour.base import Fact, Facts
from driftseal.observe.behaviour.whole import Code

_FAMILIES = (
    *(exfiltration.find, recipients.find, mailings.find, posts.find, asides.find, relays.find, images.find),
    *(triggers.find, turned.find, rewrites.find, obfuscation.find),
    *(
        downloads.find,
        dropped.find,
        replaced.find,
        hooks.find,
        persistence.find,
        planted.find,
        histories.find,
        kept_hidden.find,
        installs.find,
        shells.find,
        clipboard.find,
    ),
    *(
        destruction.find,
        commands.find,
        exposure.find,
        certificates.find,
        cross_origin.find,
        origins.find,
        origin_checks.find,
        addressed.find,
        care.find,
        session_ids.find,
        passed_tokens.find,
        client_errors.find,
        oauth_state.find,
        served.find,
        shown_keys.find,
        texts.find,
        softened.find,
        spoiled.find,
        keys.find,
        surveys.find,
        accounts.find,
    ),
    *(
        tokens.find,
        logs.find,
        traps.find,
        events.find,
        taps.find,
        strangers.find,
        storages.find,
        secret_words.find,
        injected.find,
        powers.find,
        settings.find,
    ),
    *(
        doubled.find,
        listeners.find,
        through.find,
        waivers.find,
        weak_secrets.find,
        ciphers.find,
        falsified.find,
        unlisted.find,
        unverified.find,
        remote_tools.find,
        remote_texts.find,
        payees.find,
        written_over.find,
        mounted.find,
        evasion.find,
        partners.find,
        led_away.find,
        admitted.find,
        exchanged.find,
        clouds.find,
        cloud_rights.find,
        every_place.find,
        everyone.find,
        chance.find,
        hushed.find,
        veiled.find,
        verified.find,
        ransom.find,
        programs.find,
        tables.find,
        unseen.find,
        channels.find,
        worded.find,
        aliases.find,
        required.find,
        snippets.find,
    ),
)

_OF_WHAT_IS_MISSING = frozenset({addressed.find, exposure.find, origins.find, served.find})
"""Families whose facts hold only where all of the code was looked at for what would protect it."""


def look(project: Project, metadata: Mapping[str, Json], limits: Limits, kept: list[object] | None = None) -> Facts:
    """Every fact of a project, each place once; ``metadata`` are package.json and pyproject documents by path.

    ``kept`` takes what was worked out on the way: to take it apart takes a tenth of the time, which a process that is
    about to end may save.
    """
    code = Code(project, metadata, limits)
    if kept is not None:
        kept.append(code)
    # What is remembered here refers to nodes alone: looking for cycles would go over a large tree again and again.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _look(code, limits)
    finally:
        if collects:
            gc.enable()


def _look(code: Code, limits: Limits) -> Facts:
    found: dict[tuple[str, str, int], Fact] = {}
    for family in _FAMILIES:
        if not code.goes_on:
            return Facts(tuple(found.values()), complete=False)
        for fact in family(code):
            if family in _OF_WHAT_IS_MISSING and not code.complete:
                break
            found.setdefault((fact.name, fact.path, fact.line), fact)
            if len(found) >= limits.behaviour_facts:
                return Facts(tuple(found.values()), complete=False)
    return Facts(tuple(found.values()), complete=code.complete)
