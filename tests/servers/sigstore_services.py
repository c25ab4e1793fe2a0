"""A Sigstore of one's own on loopback: a certificate authority, a certificate log and a transparency log of one entry.

It certifies whatever identity a token names, so it is good for tests alone. Rekor's first API, as sigstore-python
speaks it.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

ISSUER = "https://issuer.example"
_ISSUER_OID = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_SCT_OID = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_START = "2020-01-01T00:00:00Z"


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _sign(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def token(subject: str, **changed: Any) -> str:
    """An identity token that nobody signed; the services here believe it."""
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": subject, "aud": "sigstore", "iat": now, "exp": now + 3600, **changed}
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, "AAAA"])


class Sigstore:
    """Its keys, and what it says of them."""

    def __init__(self) -> None:
        self.url = ""
        self.authority, self.certificate_log, self.log = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        self.root = self._authority()

    def _authority(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        public = self.authority.public_key()
        return (
            self._certificate(name, public, days=3650)
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .add_extension(_usage(key_cert_sign=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self.authority, hashes.SHA256())
        )

    def _certificate(self, subject: x509.Name, public: Any, *, days: float) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=1))
            .not_valid_after(now + dt.timedelta(days=days))
        )

    def certify(self, request: x509.CertificateSigningRequest, identity: str) -> list[str]:
        """A leaf for the identity and the authority, in PEM."""
        kind = x509.UniformResourceIdentifier if "://" in identity else x509.RFC822Name
        builder = (
            self._certificate(x509.Name([]), request.public_key(), days=0.007)
            .add_extension(x509.SubjectAlternativeName([kind(identity)]), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.authority.public_key()), critical=False
            )
            .add_extension(x509.UnrecognizedExtension(_ISSUER_OID, ISSUER.encode()), critical=False)
        )
        before = builder.sign(self.authority, hashes.SHA256()).tbs_certificate_bytes
        stamp = int(time.time() * 1000)
        entry = hashlib.sha256(_spki(self.authority)).digest() + len(before).to_bytes(3, "big") + before
        signature = _sign(self.certificate_log, struct.pack("!BBQH", 0, 0, stamp, 1) + entry + b"\0\0")
        log = hashlib.sha256(_spki(self.certificate_log)).digest()
        one = struct.pack("!B32sQH", 0, log, stamp, 0) + b"\x04\x03" + len(signature).to_bytes(2, "big") + signature
        listed = (len(one) + 2).to_bytes(2, "big") + len(one).to_bytes(2, "big") + one
        octets = b"\x04" + (bytes([len(listed)]) if len(listed) < 128 else b"\x81" + bytes([len(listed)])) + listed
        leaf = builder.add_extension(x509.UnrecognizedExtension(_SCT_OID, octets), critical=False)
        made = leaf.sign(self.authority, hashes.SHA256())
        return [one.public_bytes(serialization.Encoding.PEM).decode() for one in (made, self.root)]

    def logged(self, proposed: dict[str, Any]) -> dict[str, Any]:
        """The log's answer to a DSSE entry: the log holds nothing else."""
        content = proposed["spec"]["proposedContent"]
        envelope = json.loads(content["envelope"])
        payload = base64.b64decode(envelope["payload"])
        spec: Any = {
            "envelopeHash": {"algorithm": "sha256", "value": hashlib.sha256(content["envelope"].encode()).hexdigest()},
            "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()},
            "signatures": [{"signature": envelope["signatures"][0]["sig"], "verifier": content["verifiers"][0]}],
        }
        body = rfc8785.dumps({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})
        log = hashlib.sha256(_spki(self.log)).digest()
        entry: Any = {"body": _b64(body), "integratedTime": int(time.time()), "logID": log.hex(), "logIndex": 0}
        leaf = hashlib.sha256(b"\0" + body).digest()
        note = f"log.test - 1\n1\n{_b64(leaf)}\n"
        checkpoint = f"{note}\n\u2014 log.test {_b64(log[:4] + _sign(self.log, note.encode()))}\n"
        proof = {"checkpoint": checkpoint, "hashes": [], "logIndex": 0, "rootHash": leaf.hex(), "treeSize": 1}
        promise = _b64(_sign(self.log, rfc8785.dumps(entry)))
        return {"0" * 64: {**entry, "verification": {"inclusionProof": proof, "signedEntryTimestamp": promise}}}

    def trusted_root(self) -> dict[str, Any]:
        """What a verifier has to know."""

        def log(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
            known = {
                "rawBytes": _b64(_spki(key)),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": {"start": _START},
            }
            named = {"keyId": _b64(hashlib.sha256(_spki(key)).digest())}
            return {"baseUrl": self.url, "hashAlgorithm": "SHA2_256", "publicKey": known, "logId": named}

        chain = [{"rawBytes": _b64(self.root.public_bytes(serialization.Encoding.DER))}]
        authority = {"subject": {"organization": "test", "commonName": "test authority"}, "uri": self.url}
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(self.log)],
            "certificateAuthorities": [
                {**authority, "certChain": {"certificates": chain}, "validFor": {"start": _START}}
            ],
            "ctlogs": [log(self.certificate_log)],
        }

    def configuration(self) -> dict[str, Any]:
        """What a signer has to know."""
        service = [{"url": self.url, "majorApiVersion": 1, "validFor": {"start": _START}, "operator": "test"}]
        return {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": self.trusted_root(),
            "signingConfig": {
                "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                "caUrls": service,
                "oidcUrls": service,
                "rekorTlogUrls": service,
                "rekorTlogConfig": {"selector": "ANY"},
                "tsaConfig": {"selector": "ANY"},
            },
        }


def handler(services: Sigstore) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            # model_signing asks for it even where it is given a token.
            here = f"{services.url}/none"
            self.answer({"authorization_endpoint": here, "token_endpoint": here}, 200)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.endswith("/signingCert"):
                claims = self.headers["Authorization"].split()[1].split(".")[1]
                identity = json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"]
                request = x509.load_pem_x509_csr(base64.b64decode(body["certificateSigningRequest"]))
                chain = {"certificates": services.certify(request, identity)}
                self.answer({"signedCertificateEmbeddedSct": {"chain": chain}})
            else:
                self.answer(services.logged(body))

        def answer(self, told: dict[str, Any], status: int = 201) -> None:
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@contextmanager
def running() -> Iterator[Sigstore]:
    """Services that listen until the end."""
    services = Sigstore()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(services))
    services.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield services
    finally:
        server.shutdown()
        server.server_close()
