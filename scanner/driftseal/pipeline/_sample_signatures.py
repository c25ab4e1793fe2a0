"""Signatures of models as examples of rules write them: what was signed, and by whom.

``signs: {files: {NAME: TEXT}, ignored: [NAME], by: trusted | unknown | revoked}``. The key is one that everybody can
compute, and counts in examples alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from driftseal.errors import RuleError
from driftseal.formats import model_signature
from driftseal.model.digest import Digest
from driftseal.model.item import Json
from driftseal.model.rule import Rule
from driftseal.model.trust import TrustedKey, TrustPolicy, TrustRule
from driftseal.narrow import object_or_empty, texts_among
from driftseal.sign import _keys, oms
from driftseal.sign.envelope import PAYLOAD_TYPE, bundle, pae

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_WORDS: Final = frozenset({"files", "ignored", "by"})
_MAKERS: Final = frozenset({"trusted", "unknown", "revoked"})
_PERSON: Final = "alice"
_DAY: Final = "2025-01-01"


def made(rule: Rule, given: Mapping[str, Json]) -> bytes:
    """The bundle.

    Raises:
        RuleError: it is written otherwise than the module says.
    """
    files = object_or_empty(given.get("files"))
    texts = {name: text for name, text in files.items() if isinstance(text, str)}
    if set(given) - _WORDS or not texts or len(texts) < len(files) or str(given.get("by", "trusted")) not in _MAKERS:
        raise RuleError(
            f"{rule.source}: signs holds files by name, ignored, and by",
            hint="see rules/model-files/signature-refused.yaml",
        )
    digests = {name: Digest.of(text.encode()).value for name, text in texts.items()}
    ordered = [digests[name] for name in model_signature.in_order(digests)]
    payload = json.dumps(
        {
            "_type": model_signature.STATEMENT_TYPE,
            "subject": [{"name": "example", "digest": {"sha256": model_signature.root(ordered)}}],
            "predicateType": model_signature.PREDICATE_TYPE,
            "predicate": model_signature.covering(digests, ignored=texts_among(given.get("ignored")), links=False),
        }
    ).encode()
    key = _key()
    return bundle(payload, _keys.sign(key, pae(PAYLOAD_TYPE, payload)), oms.key_hint(_keys.pem(key.public_key())))


def policy(by: str) -> TrustPolicy:
    """Whom an example trusts."""
    revoked = _DAY if by == "revoked" else ""
    known = (TrustedKey(_keys.pem(_key().public_key()), "example", revoked=revoked),) if by != "unknown" else ()
    return TrustPolicy(Digest.of(b""), {_PERSON: known}, (TrustRule("*", (_PERSON,)),))


def _key() -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.derive_private_key(1, ec.SECP256R1())
