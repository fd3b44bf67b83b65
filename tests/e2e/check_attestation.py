"""Checks a DSSE envelope with securesystemslib: its signature by the key of a did:key, and what its in-toto Statement says.

Usage: check_attestation.py ENVELOPE DID   prints the statement.
"""
import json
import sys

from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

envelope = Envelope.from_dict(json.load(open(sys.argv[1])))
number = 0
for letter in sys.argv[2].removeprefix("did:key:z"):
    number = number * 58 + ALPHABET.index(letter)
public = number.to_bytes(34, "big")[2:].hex()
key = SSlibKey(sys.argv[2], "ed25519", "ed25519", {"public": public})
envelope.verify([key], 1)
assert envelope.payload_type == "application/vnd.in-toto+json"
statement = json.loads(envelope.payload)
assert statement["_type"] == "https://in-toto.io/Statement/v1"
assert all(set(subject["digest"]) == {"sha256"} for subject in statement["subject"])
print(json.dumps(statement))
