"""Computes the hash chain of exported events: JSON lines on stdin, one hexadecimal hash a line on stdout."""

import hashlib
import json
import sys


def canonical(value):
    """RFC 8785 for what events hold: texts, integers, booleans, null, arrays, objects."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def leaf(row, payload, metadata):
    fields = [
        metadata["event_id"],
        row["aggregate_type"],
        row["aggregate_id"],
        str(row["sequence"]),
        row["event_type"],
        row["event_version"],
        canonical(payload),
        canonical(metadata),
    ]
    digest = hashlib.sha256()
    for field in fields:
        field = field.encode()
        digest.update(len(field).to_bytes(8, "big") + field)
    return digest.digest()


previous = bytes(32)
for line in sys.stdin.buffer:
    event = json.loads(line)
    at = event["row"]["at_us"].to_bytes(8, "big", signed=True)
    previous = hashlib.sha256(previous + at + leaf(**event)).digest()
    print(previous.hex())
