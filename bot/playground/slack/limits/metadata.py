"""What may ride along with a message as metadata: a name and a flat or nested object, 16 kB at most."""

import json
from typing import Any

MOST_BYTES = 16_000


def why_bad_metadata(metadata: Any) -> str | None:
    if not isinstance(metadata, dict):
        return "invalid_metadata_format"
    kind, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(kind, str) or not kind or len(kind) > 255 or not isinstance(payload, dict):
        return "invalid_metadata_format"
    if set(metadata) - {"event_type", "event_payload", "entities"}:
        return "invalid_metadata_schema"
    if len(json.dumps(metadata).encode()) > MOST_BYTES:
        return "metadata_too_large"
    return None
