"""A verifier of the record, written from docs/format.md alone: Python, PyCA's Ed25519, rfc8785, hashlib. It shares no code with ours.

Usage: verify_record.py PATH... [-- PATH...]...   PATH: FILE.jsonl (one or several logs), FILE.checkpoint
Prints for each group of paths one line of JSON: {"ok", "events", "project", "problems": [[code, log, sequence]], "roots": {log: root}, "checkpoints", "ends", "work"}.

Numbers in brackets are sections of the document.
"""
import base64
import hashlib
import json
import re
import struct
import sys

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
FIVE_MINUTES = 5 * 60 * 1000
KINDS = {  # [9]: members that must be there, and the right
    "project.created": (["name", "admins"], None), "key.requested": (["custody"], None),
    "key.granted": (["key", "authid", "roles", "custody"], "admin"), "key.revoked": (["key", "lastsequence"], "admin"),
    "config.published": (["digest"], "admin"), "policy.published": (["digest"], "admin"),
    "guideline.published": (["id", "version", "digest"], "admin"), "model.registered": (["model"], "admin"),
    "tasks.released": (["count", "digest"], "admin"), "answers.imported": (["count", "digest"], "admin"),
    "task.opened": ([], "annotator"), "annotation.submitted": (["answers"], "annotator"),
    "annotation.corrected": (["answers"], "annotator"), "annotation.withdrawn": ([], "annotator"),
    "task.skipped": (["reason"], "annotator"), "rationale.given": (["text"], None),
    "field.revealed": (["path", "purpose"], "admin"), "review.passed": ([], "reviewer"),
    "review.rejected": (["reason"], "reviewer"), "case.escalated": (["reason"], "annotator"),
    "case.adjudicated": (["answers", "over"], "adjudicator"), "data.erased": (["event", "source", "ground"], "admin"),
    "peers.seen": (["heads"], None), "log.closed": ([], None),
}
STAYS = {"project.created", "key.requested", "key.granted", "key.revoked", "config.published", "policy.published",  # [8]
         "guideline.published", "model.registered", "tasks.released", "answers.imported", "data.erased", "peers.seen", "log.closed"}
WARNINGS = {"not-authorised", "revocation-conflict", "clock-suspect", "body-missing", "bad-body", "no-genesis", "log-missing",
            "unwitnessed", "body-erased", "unknown-type"}  # [16], notes with them


class Fault(Exception):
    pass


def sha(data):
    return hashlib.sha256(data).digest()


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def un64u(text, length=None):  # [2]
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise Fault("bad-encoding")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64u(data) != text or (length is not None and len(data) != length):
        raise Fault("bad-encoding")
    return data


def key_of(did):  # [2]
    text = did.removeprefix("did:key:z")
    if text == did or len(text) > 48 or any(letter not in ALPHABET for letter in text):
        raise Fault("wrong-source")
    number = 0
    for letter in text:
        number = number * 58 + ALPHABET.index(letter)
    raw = number.to_bytes(max(34, (number.bit_length() + 7) // 8), "big")
    if len(raw) != 34 or raw[:2] != b"\xed\x01":
        raise Fault("wrong-source")
    return raw[2:]


def fits(key, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


# [3]: name -> (always there, form)
HASH = r"[A-Za-z0-9_=+/-]*"
FORMS = {
    "specversion": (True, r"1\.0"), "datacontenttype": (True, r"application/json"), "authtype": (True, r"app_user"),
    "id": (True, r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), "source": (True, None), "type": (True, None),
    "time": (True, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "sequence": (True, r"\d{10}"), "authid": (True, None),
    "hlc": (True, r"[0-9a-f]{12}-[0-9a-f]{4}"), "datahash": (True, None), "jws": (True, None), "prevhash": (False, None),
    "project": (False, None), "subject": (False, None), "causationid": (False, None), "correlationid": (False, None),
    "guideline": (False, r"[^@]*@[^#]*#(?s:.*)"), "model": (False, None), "dataref": (False, None),
}


def depth(line):  # [14]
    deep = most = 0
    inside = escaped = False
    for byte in line:
        if inside:
            inside, escaped = (escaped or byte != 0x22), (not escaped and byte == 0x5C)
        elif byte == 0x22:
            inside = True
        elif byte in b"{[":
            deep += 1
            most = max(most, deep)
        elif byte in b"}]":
            deep = max(0, deep - 1)
    return most


def time_ms(text):
    from datetime import datetime, timezone
    try:
        when = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise Fault("bad-attribute")
    if when.year < 1970:
        raise Fault("bad-attribute")
    return round((when - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds() * 1000)


class Log:
    """One log, line by line, in the order of checks of [15]."""

    def __init__(self):
        self.source = self.project = self.last = None
        self.events, self.hashes, self.leaves, self.problems = [], [], [], []
        self.hlc, self.closed, self.stopped = "", False, False

    def push(self, line):
        if self.stopped:
            return
        try:
            self.read(line)
        except Fault as fault:
            self.problems.append([str(fault), self.source, len(self.events)])
            self.stopped = True

    def read(self, line):
        if len(line) > (4 << 20) + 65536 or depth(line) > 32:
            raise Fault("too-large")
        try:
            event = json.loads(line.decode())
        except ValueError:
            raise Fault("bad-json")
        if not isinstance(event, dict):
            raise Fault("bad-json")
        header, signature = self.attributes(event)
        try:
            if rfc8785.dumps(event) != line:
                raise Fault("not-canonical")
        except (rfc8785.CanonicalizationError, UnicodeEncodeError):
            raise Fault("not-canonical")
        source, data = event["source"], event.pop("data", None)
        body = None if data is None else rfc8785.dumps(data)
        entry = rfc8785.dumps(event)
        referred = event.get("dataref") == f"data/{un64u(event['datahash']).hex()}.json"
        if len(entry) > 65535 or (body and (len(body) > 4 << 20 or (len(line) > 65536 and not referred))):
            raise Fault("too-large")
        mb = source.removeprefix("did:key:")  # [5]
        if header != f'{{"alg":"Ed25519","kid":"{source}#{mb}","typ":"ce-jcs+jws"}}'.encode():
            raise Fault("bad-header")
        key = key_of(source)
        if self.source not in (None, source):
            raise Fault("wrong-source")
        digest = sha(entry)
        kind = event["type"]
        if kind.startswith("org.countersign.") and kind.endswith(".v1"):
            kind = kind[len("org.countersign."):-3]
        project = event.get("project")  # [6]
        if (kind == "project.created") == (project is not None):
            raise Fault("wrong-project")
        project = project or b64u(digest)
        if self.project not in (None, project):
            raise Fault("wrong-project")
        warning = self.check_body(kind, data, body, event["datahash"])
        payload = rfc8785.dumps({name: value for name, value in event.items() if name != "jws"})
        if len(signature) != 64 or not fits(key, signature, (b64u(header) + "." + b64u(payload)).encode()):
            raise Fault("bad-signature")
        place = int(event["sequence"])
        if place != len(self.events):
            other = place < len(self.hashes) and self.hashes[place] != digest
            raise Fault("equivocation" if other else "broken-chain")
        if event.get("prevhash") != self.last:
            raise Fault("broken-chain")
        if self.events and event["hlc"] <= self.hlc:
            raise Fault("clock-back")
        if self.closed:
            raise Fault("after-close")
        if warning:
            self.problems.append([warning, source, place])
        if int(event["hlc"][:12], 16) > time_ms(event["time"]) + FIVE_MINUTES:
            self.problems.append(["clock-suspect", source, place])
        known = data if kind in KINDS and data is not None and warning is None else None
        self.closed = kind == "log.closed" and known is not None and "log" not in known
        self.source, self.project, self.last, self.hlc = source, project, b64u(digest), event["hlc"]
        self.hashes.append(digest)
        self.leaves.append(sha(b"\0" + entry))
        self.events.append({**event, "kind": kind, "place": place, "data": known, "here": data is not None})

    def attributes(self, event):
        for name, value in event.items():
            if not re.fullmatch(r"[a-z0-9]{1,20}", name):
                raise Fault("bad-attribute")
            if name != "data" and not isinstance(value, (str, bool, int, float)):
                raise Fault("bad-attribute")
        for name, (must, form) in FORMS.items():
            value = event.get(name)
            if value is None and name not in event:
                if must:
                    raise Fault("bad-attribute")
                continue
            if not isinstance(value, str) or not value or len(value.encode()) > 1024 or (form and not re.fullmatch(form, value, re.A)):
                raise Fault("bad-attribute")
        time_ms(event["time"])
        for name in ("datahash", "prevhash", "project"):
            if name in event:
                un64u(event[name], 32)
        ref = event.get("dataref", "")
        if ref.startswith("data/") and ref != f"data/{un64u(event['datahash']).hex()}.json":
            raise Fault("bad-attribute")
        parts = event["jws"].split(".")
        if len(parts) != 3 or parts[1]:
            raise Fault("bad-encoding")
        return un64u(parts[0]), un64u(parts[2])

    @staticmethod
    def check_body(kind, data, body, datahash):
        if data is None:
            return None
        if b64u(sha(body)) != datahash:
            raise Fault("bad-data")
        if kind == "field.revealed" and isinstance(data, dict) and set(data) - {"path", "purpose", "salt"}:
            raise Fault("bad-data")
        if not isinstance(data, dict):
            return "bad-body"
        if kind not in KINDS:
            return "unknown-type"
        salt = data.get("salt")
        try:
            salted = isinstance(salt, str) and len(un64u(salt)) == 16
        except Fault:
            salted = False
        return None if salted and all(name in data for name in KINDS[kind][0]) else "bad-body"


class State:
    """[10], as far as rights go: who may, what is refused, what is erased, which answers stand."""

    def __init__(self, assumed=None, erased=None):
        self.assumed, self.ends, self.erased = assumed or {}, {}, erased if erased is not None else set()
        self.keys, self.refused, self.work, self.begun = {}, set(), {}, False

    def speaks(self, event):
        key = self.keys.get(event["source"])
        if key is None or key["authid"] != event["authid"]:
            return None
        ends = [ends[event["source"]] for ends in (self.assumed, self.ends) if event["source"] in ends]
        return key if not ends or event["place"] <= min(ends) else None

    def end(self, log, last):
        self.ends[log] = min(last, self.ends.get(log, last))

    def may(self, event, data):
        kind, key = event["kind"], self.speaks(event)
        if kind == "project.created":
            return not self.begun
        if kind == "key.requested":
            return True
        if key is None:
            return False
        own = self.work.get((event.get("subject"), event["authid"]))
        if kind.startswith("review.") and own and event.get("causationid") in own["ids"]:
            return False
        if kind == "case.adjudicated" and own and event.get("subject") and own["status"] == "submitted":
            return False
        if kind == "key.granted" and data["key"] in self.keys:
            known = self.keys[data["key"]]
            if known["authid"] != data["authid"] or data["key"] in self.ends:
                return False
        right = KINDS[kind][1] or ("admin" if kind == "log.closed" and "log" in data else None)
        return right is None or right in key["roles"]

    def apply(self, event):
        place = (event["source"], event["place"])
        erased = (event["source"], event["id"]) in self.erased and event["kind"] not in STAYS
        data, kind, task = None if erased else event["data"], event["kind"], event.get("subject")
        if data is None:
            right = {"annotation.submitted": "annotator", "annotation.corrected": "annotator", "field.revealed": "admin"}.get(kind)
            key = self.speaks(event)
            if task and right and (key is None or right not in key["roles"]):
                self.refused.add(place)
            elif task and right == "annotator":
                self.answer(event, "body-absent")
            return
        if not self.may(event, data):
            self.refused.add(place)
            return
        if kind == "project.created":
            self.begun = True
            for admin in data["admins"]:
                self.keys[admin["key"]] = {"authid": admin["authid"], "roles": admin["roles"]}
        elif kind == "key.granted":
            self.keys[data["key"]] = {"authid": data["authid"], "roles": data["roles"]}
        elif kind == "key.revoked":
            self.end(data["key"], data["lastsequence"])
        elif kind == "log.closed":
            self.end(data.get("log", event["source"]), data.get("lastsequence", event["place"]))
        elif kind == "data.erased":
            self.erased.add((data["source"], data["event"]))
        elif task and kind in ("annotation.submitted", "annotation.corrected"):
            self.answer(event, "submitted")
        elif task and kind in ("annotation.withdrawn", "task.skipped"):
            self.answer(event, "withdrawn" if kind == "annotation.withdrawn" else "skipped")
        elif task and kind == "task.opened":
            self.work.setdefault((task, event["authid"]), {"status": "opened", "ids": [event["id"]]})

    def answer(self, event, status):
        work = self.work.setdefault((event["subject"], event["authid"]), {"status": status, "ids": []})
        work["status"] = status
        work["ids"].append(event["id"])


def fold(events):
    events.sort(key=lambda event: (event["hlc"], event["source"], event["place"]))
    assumed = {}
    for _ in range(65):
        state = State(assumed, set())
        for event in events:
            if event["kind"] in STAYS:
                state.apply(event)
        if state.ends == assumed:
            break
        assumed = state.ends
    state = State(state.ends, state.erased)
    for event in events:
        state.apply(event)
    return state


def root(leaves):  # [11]
    if len(leaves) < 2:
        return leaves[0] if leaves else sha(b"")
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha(b"\1" + root(leaves[:half]) + root(leaves[half:]))


def checkpoint(data, logs, problems, state):  # [12]
    try:
        text, below = data.decode().rsplit("\n\n", 1)
        text += "\n"
        origin, size, want = text.split("\n")[:3]
        lines = [re.fullmatch("— ([^ +]+) (.+)", line).groups() for line in below.rstrip("\n").split("\n")]
        signatures = [(name, base64.b64decode(encoded, validate=True)) for name, encoded in lines]
        assert str(int(size)) == size and len(signatures) <= 100 and len(data) <= 65536
        _, project, mb = origin.rsplit("/", 2)
    except (ValueError, AttributeError, AssertionError):
        problems.append(["bad-checkpoint", None, None])
        return
    did = "did:key:" + mb
    if not any(project == log.project for log in logs):
        problems.append(["bad-checkpoint", None, None])
        return

    def signed(name, kind, key, message):
        wanted = sha(name.encode() + b"\n" + bytes([kind]) + key)[:4]
        for found, raw in signatures:
            if found == name and raw[:4] == wanted:
                return message(raw[4:])
        return None

    if not signed(origin, 1, key_of(did), lambda raw: fits(key_of(did), raw, text.encode())):
        problems.append(["bad-signature", did, 0])
        return
    for log in (log for log in logs if log.source == did):
        if int(size) > len(log.leaves):
            problems.append(["rollback", did, len(log.leaves)])
        elif base64.b64encode(root(log.leaves[:int(size)])).decode() != want:
            problems.append(["equivocation", did, 0])
    witnesses = []
    for name, raw in signatures:
        if "/witness/" in name and len(raw) == 4 + 8 + 64:
            witness = "did:key:" + name.rsplit("/witness/", 1)[1]
            when = struct.unpack(">Q", raw[4:12])[0]
            message = f"cosignature/v1\ntime {when}\n{text}".encode()
            good = signed(name, 4, key_of(witness), lambda raw: fits(key_of(witness), raw[8:], message))
            if good and witness in state.keys and witness not in state.ends and witness != did:
                witnesses.append(witness)
    return {"log": did, "size": int(size), "witnesses": witnesses}


def main(paths):
    logs, notes = [], []
    for path in paths:
        data = open(path, "rb").read()
        if path.endswith(".checkpoint"):
            notes.append(data)
            continue
        log = Log()
        logs.append(log)
        for line in data.removesuffix(b"\n").split(b"\n"):
            try:
                begins = json.loads(line)["sequence"] == "0000000000" and json.loads(line)["source"] != log.source
            except (ValueError, KeyError, TypeError):
                begins = False
            if begins and log.source and not log.stopped:
                log = Log()
                logs.append(log)
            log.push(line)
    problems = [problem for log in logs for problem in log.problems]
    unique = {(event["source"], event["place"]): event for log in logs for event in log.events}
    state = fold(list(unique.values()))
    begun = state.begun
    for log in logs:
        if not begun and log.events:
            problems.append(["no-genesis", log.source, 0])
        for event in log.events:
            place = (event["source"], event["place"])
            if begun and place in state.refused:
                problems.append(["not-authorised", *place])
            if not event["here"]:
                erased = (event["source"], event["id"]) in state.erased and event["kind"] not in STAYS
                problems.append(["body-erased" if erased else "body-missing", *place])
    seen = [found for found in (checkpoint(note, logs, problems, state) for note in notes) if found]
    print(json.dumps({
        "ok": all(code in WARNINGS for code, _, _ in problems),
        "events": len(unique),
        "project": next((log.project for log in logs if log.project), None),
        "problems": sorted(problems, key=str),
        "roots": {log.source: base64.b64encode(root(log.leaves)).decode() for log in logs},
        "checkpoints": seen,
        "ends": state.ends,
        "work": sorted([task, who, work["status"]] for (task, who), work in state.work.items()),
    }))


if __name__ == "__main__":
    group = []
    for argument in [*sys.argv[1:], "--"]:
        if argument == "--":
            main(group)
            group = []
        else:
            group.append(argument)
