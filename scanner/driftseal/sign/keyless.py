"""Signing without a key of one's own: Sigstore gives a certificate for an identity, and logs that it was used.

This is the only signer that needs a network. The token that proves the identity comes from the CI system that we run
in, or from a variable that the user names; it goes to Sigstore alone, and into no message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from driftseal.errors import TrustError
from driftseal.model.trust import Statement
from driftseal.sign.base import Signer

if TYPE_CHECKING:
    from sigstore.oidc import IdentityToken

_HINT: Final = "it needs the network: Sigstore's certificate authority and log; without one, sign with --key"


_ANONYMOUS: Final = (
    "run where the CI system gives identity tokens (GitHub: permissions: id-token: write), "
    "or name the variable that holds one with --identity-token-env"
)


class KeylessSigner(Signer):
    """See `Signer`."""

    name: ClassVar[str] = "keyless"

    def __init__(self, *, token: str = "", services: str = "") -> None:
        """``token`` is an OpenID Connect one, by default that of the CI system that we run in.

        ``services`` is a Sigstore client's trust configuration as JSON, by default that of the public good instance.
        """
        self._token = token
        self._services = services

    def sign(self, statement: Statement) -> bytes:
        """See `Signer.sign`."""
        from pydantic import ValidationError
        from requests import RequestException
        from sigstore import dsse

        # They say so only there that a service refused.
        from sigstore._internal.fulcio.client import FulcioClientError
        from sigstore._internal.rekor import RekorClientError
        from sigstore.errors import Error
        from sigstore.models import ClientTrustConfig
        from sigstore.oidc import ExpiredIdentity
        from sigstore.sign import SigningContext

        identity = self._identity()
        try:
            given = self._services
            services = ClientTrustConfig.from_json(given) if given else ClientTrustConfig.production()
            with SigningContext.from_trust_config(services).signer(identity) as signer:
                # The very bytes that are given are signed, and nothing is written anew.
                return signer.sign_dsse(dsse.Statement(statement.payload)).to_json().encode("utf-8")
        except ExpiredIdentity:
            raise TrustError("the identity token has expired", hint="get a new one; it lives for minutes") from None
        except (
            Error,
            FulcioClientError,
            RekorClientError,
            RequestException,
            ValidationError,
            ValueError,
            OSError,
        ) as cause:
            raise TrustError(f"signing without a key failed: {_first_line(cause)}", hint=_HINT) from cause

    def _identity(self) -> IdentityToken:
        from sigstore.oidc import IdentityError, IdentityToken, detect_credential

        try:
            token = self._token or detect_credential()
            if token:
                return IdentityToken(token)
        except IdentityError:
            # Its cause may quote the token.
            raise TrustError("the identity token cannot be used", hint="get a new one; it lives for minutes") from None
        raise TrustError("nobody says who we are", hint=_ANONYMOUS)


def _first_line(cause: Exception) -> str:
    return (str(cause).partition("\n")[0] or type(cause).__name__)[:200]
