#!/usr/bin/env python3
"""Checks an exported history (`platformctl audit export`) and says where it was tampered with.

A second implementation of what docs/audit.md describes, with nothing but the standard library, so
that neither our program nor our words have to be trusted. It does not check the Ed25519 signature
of checkpoint.txt, for which the library has nothing: compare its root with one you have kept, or
open it with any C2SP signed-note tool.

Usage: verifier.py DIR [ROOT]     ROOT: base64, of a checkpoint you have kept for the same size
Exit codes: 0 intact, 1 tampered, 2 not checked
"""

import base64
import bisect
import datetime
import hashlib
import json
import pathlib
import sys
import uuid

UUID, INT2, INT8, TIMESTAMPTZ, BYTEA = 2950, 21, 20, 1184, 17
YEAR_2000 = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
COLUMNS = [
    ("tenant_id", UUID), ("id", UUID), ("schema_version", INT2), ("occurred_at", TIMESTAMPTZ),
    ("recorded_at", TIMESTAMPTZ), ("actor_type", BYTEA), ("actor", UUID), ("agent_id", UUID),
    ("credential_id", UUID), ("db_role", BYTEA), ("action", BYTEA), ("outcome", BYTEA),
    ("resource_type", BYTEA), ("resource_id", UUID), ("workspace_id", UUID), ("subject", UUID),
    ("changed_columns", BYTEA), ("request_id", BYTEA), ("trace_id", BYTEA), ("span_id", BYTEA),
    ("route", BYTEA), ("app_version", BYTEA), ("policy_version", BYTEA),
    ("count", INT8),
]


class Tampered(Exception):
    pass


def once(pairs):
    """An object that names nothing twice: parsers differ in which of the two they take."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Tampered("a name stands twice")
    return made


def unhash(text):
    found = base64.b64decode(text, validate=True)
    if base64.b64encode(found).decode() != text:
        raise Tampered(f"{text} is not base 64 as it is written")
    return found


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def octets(name, kind, value):
    if value is None:
        return None
    if name == "policy_version":
        if bytes.fromhex(value).hex() != value:
            raise Tampered("policy_version is not hexadecimal as it is written")
        return bytes.fromhex(value)
    if name == "changed_columns":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    if kind == UUID:
        return uuid.UUID(value).bytes
    if kind in (INT2, INT8):
        if type(value) is not int:
            raise Tampered(f"{name} is not a whole number")
        return value.to_bytes(2 if kind == INT2 else 8, "big", signed=True)
    if kind == TIMESTAMPTZ:
        since = datetime.datetime.fromisoformat(value.replace("Z", "+00:00")) - YEAR_2000
        micros = since // datetime.timedelta(microseconds=1)
        return micros.to_bytes(8, "big", signed=True)
    return value.encode()


def record(event):
    """Postgres's binary form of a row: columns, and of each its type, length and octets."""
    unknown = set(event) - {name for name, _ in COLUMNS}
    if unknown:
        raise Tampered(f"unknown fields {sorted(unknown)}")
    parts = [len(COLUMNS).to_bytes(4, "big")]
    for name, kind in COLUMNS:
        value = octets(name, kind, event.get(name))
        parts.append(kind.to_bytes(4, "big"))
        parts.append((-1 if value is None else len(value)).to_bytes(4, "big", signed=True))
        parts.append(value or b"")
    return b"".join(parts)


def leaf(line, tenant):
    event = line["event"]
    if event["tenant_id"] != tenant:
        raise Tampered("the event is another tenant's")
    committed = {c["person"]: unhash(c["commitment"]) for c in line["commitments"]}
    for detail in line["details"]:
        key = unhash(detail["key"])
        if sha256(key, sha256(detail["content"].encode())) != committed.get(detail["person"]):
            raise Tampered(f"details of {detail['person']} are not what was committed to")
    commitments = [uuid.UUID(c["person"]).bytes + unhash(c["commitment"])
                   for c in line["commitments"]]
    found = sha256(b"\0", record(event), *commitments)
    if base64.b64encode(found).decode() != line["hash"]:
        raise Tampered("the event is not what was sealed")
    return found


def stretches(pairs):
    """Stretches of leaves, first and last, as a set would hold them: in order, none twice."""
    merged = []
    for first, last in sorted((first, last) for first, last in pairs if first <= last):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return merged


def within(idx, merged):
    at = bisect.bisect_right(merged, [idx, 1 << 64]) - 1
    return at >= 0 and merged[at][0] <= idx <= merged[at][1]


def expired(line, gone):
    """The leaf of an event that is gone since its time was over."""
    if line["event"] is None and not line["details"] and within(line["idx"], gone):
        return unhash(line["hash"])
    return None


def only_leaves(pairs):
    """Of an object what it says under that name, if it says it once."""
    said = [value for name, value in pairs if name == "leaves"]
    return {"leaves": said[0]} if len(said) == 1 else {}


def are_stretches(pairs):
    return type(pairs) is list and all(
        type(pair) is list and len(pair) == 2
        and all(type(end) is int and 0 <= end < 1 << 64 for end in pair)
        for pair in pairs)


def told(line):
    """Which leaves an event says have expired: some that come before it. None where it is not as it
    was ever written, in any of its words."""
    event = line["event"]
    if event is None or event["action"] != "history.expire":
        return []
    found = []
    for detail in line["details"]:
        try:
            said = json.loads(detail["content"], object_pairs_hook=only_leaves)
        except ValueError:
            continue
        pairs = said.get("leaves") if type(said) is dict else None
        if are_stretches(pairs):
            found += [(first, last) for first, last in pairs if last < line["idx"]]
    return found


def append(peaks, found):
    """RFC 6962: two complete subtrees of a size become one of twice the size."""
    size = 1
    while peaks and peaks[-1][0] == size:
        found = sha256(b"\1", peaks.pop()[1], found)
        size *= 2
    peaks.append((size, found))


def root(peaks):
    found = peaks[-1][1] if peaks else sha256()
    for _, left in reversed(peaks[:-1]):
        found = sha256(b"\1", left, found)
    return found


def main(directory, kept=None):
    folder = pathlib.Path(directory)
    manifest = json.loads((folder / "manifest.json").read_text(), object_pairs_hook=once)
    if not are_stretches(manifest.get("expired", [])):
        raise Tampered("manifest.json: what has expired is not in stretches")
    origin, size, signed = (folder / "checkpoint.txt").read_text().split("\n")[:3]
    if origin.rsplit("/", 1)[1] != manifest["tenant"]:
        raise Tampered("checkpoint.txt is of another history")
    peaks, count = [], 0
    gone, explained = stretches(manifest.get("expired", [])), []
    with open(folder / "events.ndjson", encoding="utf-8", newline="\n") as lines:
        for count, text in enumerate(lines, 1):
            try:
                line = json.loads(text, object_pairs_hook=once)
                if set(line) != {"idx", "hash", "event", "commitments", "details"}:
                    raise Tampered("unknown or missing fields")
                if type(line["idx"]) is not int or line["idx"] != count - 1:
                    raise Tampered("a leaf is gone")
                append(peaks, expired(line, gone) or leaf(line, manifest["tenant"]))
                explained += told(line)
            except (Tampered, KeyError, TypeError, ValueError, AttributeError, OverflowError,
                    RecursionError) as error:
                raise Tampered(f"leaf {count - 1}: {error}") from error
    if count != int(size):
        raise Tampered(f"leaf {count}: checkpoint.txt is of {size} leaves")
    explained = stretches(explained)
    for first, last in gone:
        if not any(low <= first and last <= high for low, high in explained):
            raise Tampered(f"leaf {first}: some event from here to {last} is gone, and no later "
                           "one tells that it has expired")
    if base64.b64decode(signed) != root(peaks) or kept not in (None, signed):
        raise Tampered("the leaves are not those that the checkpoint was signed for")
    print(f"intact: {count} events")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        main(*sys.argv[1:])
    except Tampered as tampered:
        print(f"tampered: {tampered}")
        sys.exit(1)
    except Exception as error:  # Whatever went wrong, nothing was shown.
        print(f"not checked: {error}", file=sys.stderr)
        sys.exit(2)
