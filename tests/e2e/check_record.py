"""Reads logs with other people's programs: canonical form by rfc8785, signatures by jwcrypto (a JOSE library, over PyCA's
Ed25519), the envelope by the CloudEvents SDK, links by hashlib. None of it shares code with ours.

Usage: check_record.py [--schema CLOUDEVENTS.json] LOG.jsonl...   prints one line for each log; ends with 1 at the first thing that does not fit.
"""
import base64
import hashlib
import json
import sys

import rfc8785
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat
from jwcrypto import jwk, jws

SCHEMA = None
if sys.argv[1:2] == ["--schema"]:
    import jsonschema

    SCHEMA = jsonschema.Draft7Validator(json.load(open(sys.argv[2])), format_checker=jsonschema.FormatChecker())
    del sys.argv[1:3]

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
FORMAT = JSONFormat()


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key_of(source: str) -> jwk.JWK:
    """The public key that a did:key names: multibase base58btc, multicodec 0xed01."""
    number = 0
    for letter in source.removeprefix("did:key:z"):
        number = number * 58 + ALPHABET.index(letter)
    raw = number.to_bytes(34, "big")
    assert raw[:2] == b"\xed\x01", source
    return jwk.JWK(kty="OKP", crv="Ed25519", x=b64(raw[2:]))


def check(path: str) -> str:
    last, size, sources = {}, 0, set()
    for line in open(path, "rb").read().splitlines():
        event = json.loads(line)
        assert rfc8785.dumps(event) == line, "not the canonical form"
        source, whole = event["source"], dict(event)
        if "data" in event:
            data = rfc8785.dumps(event["data"])
            assert b64(hashlib.sha256(data).digest()) == event["datahash"], "the body is another one"
            if len(data) > 48 * 1024:
                assert event["dataref"] == f"data/{hashlib.sha256(data).hexdigest()}.json", "no reference to the body"
            del event["data"]
        entry = rfc8785.dumps(event)
        assert len(entry) < 65536, "an entry of more than 64 KiB"
        assert event.get("prevhash") == last.get(source), "the chain is broken"
        last[source] = b64(hashlib.sha256(entry).digest())
        header, empty, signature = event.pop("jws").split(".")
        assert empty == "", "the JWS is not detached"
        token = jws.JWS()
        token.allowed_algs = ["Ed25519", "EdDSA"]
        token.deserialize(f"{header}..{signature}")
        token.verify(key_of(source), detached_payload=rfc8785.dumps(event))
        assert token.jose_header["alg"] == "Ed25519" and token.jose_header["typ"] == "ce-jcs+jws"
        if SCHEMA:
            SCHEMA.validate(whole)
        read = from_structured_event(
            HTTPMessage(headers={"content-type": "application/cloudevents+json"}, body=json.dumps(whole).encode()), FORMAT
        )
        assert read.get_id() == event["id"] and read.get_type() == event["type"]
        assert read.get_extension("sequence") == event["sequence"]
        sources.add(source)
        size += 1
    assert size > 0, "holds nothing"
    return f"{path}: {size} events of {len(sources)} logs: canonical, linked, signed, CloudEvents"


for log in sys.argv[1:]:
    try:
        print(check(log))
    except Exception as error:  # whatever another program refuses is the finding
        print(f"{log}: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
