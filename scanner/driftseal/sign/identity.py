"""Signatures without a key of one's own: a certificate of Sigstore binds them to an identity for ten minutes.

The policy names the identity, its issuer and the root of trust. Nothing is asked over the network: the log entry and
its inclusion promise lie in the bundle, and are verified with the keys of that root.
"""

from __future__ import annotations

from driftseal.errors import TrustError
from driftseal.model.trust import TrustedIdentity
from driftseal.sign.envelope import Envelope


def holds(envelope: Envelope, wanted: TrustedIdentity, root: bytes) -> bool:
    """Whether this identity made the signature over exactly the envelope's payload.

    Raises:
        TrustError: the policy's root of trust cannot be used.
    """
    from cryptography.exceptions import InvalidSignature
    from pydantic import ValidationError
    from sigstore.errors import Error
    from sigstore.models import Bundle, TrustedRoot
    from sigstore.verify import Verifier, policy
    from sigstore_models.trustroot.v1 import TrustedRoot as Root

    try:
        verifier = Verifier(trusted_root=TrustedRoot(Root.from_json(root)))
    except (Error, ValidationError, ValueError, IndexError) as cause:
        raise TrustError("the policy's trusted_root cannot be used", hint="take it from Sigstore anew") from cause
    try:
        bundle = Bundle.from_json(envelope.bundle)
        kind, payload = verifier.verify_dsse(bundle, policy.Identity(identity=wanted.san, issuer=wanted.issuer))
    except (Error, InvalidSignature, ValidationError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        # A bundle that the verifier stumbles over is as good as one that it refuses: nobody made it.
        return False
    return (kind, payload) == (envelope.payload_type, envelope.payload)
