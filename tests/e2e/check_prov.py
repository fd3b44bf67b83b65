"""Reads PROV-JSON with the `prov` package, writes it, reads that again, and compares: what we export is what others understand.

Usage: check_prov.py FILE   prints how many records of each kind the document holds, as JSON.
"""
import collections
import json
import sys

from prov.model import ProvDocument

document = ProvDocument.deserialize(sys.argv[1], format="json")
again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
assert document == again, "does not round-trip"
# and PROV-N, which is written from the model alone
assert document.get_provn().startswith("document")
counts = collections.Counter(record.get_type().localpart for record in document.get_records())
source = json.load(open(sys.argv[1]))
assert sum(counts.values()) == sum(len(of) for kind, of in source.items() if kind != "prefix"), "records were lost"
print(json.dumps(counts))
