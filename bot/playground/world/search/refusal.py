"""What the search API refuses, in the words and the shape of Elasticsearch's own errors."""

from typing import Any


class SearchRefused(Exception):
    """A request that is answered with an error: HTTP status, Elasticsearch's exception type, and the reason."""

    def __init__(self, status: int, kind: str, reason: str, **extra: Any) -> None:
        super().__init__(reason)
        self.status, self.kind, self.reason, self.extra = status, kind, reason, extra

    def body(self) -> dict[str, Any]:
        cause = {"type": self.kind, "reason": self.reason, **self.extra}
        return {"error": {"root_cause": [cause], **cause}, "status": self.status}


def unparsable(reason: str) -> SearchRefused:
    return SearchRefused(400, "parsing_exception", reason, line=1, col=1)


def illegal(reason: str) -> SearchRefused:
    return SearchRefused(400, "illegal_argument_exception", reason)


def no_such_index(name: str) -> SearchRefused:
    extra = {"resource.type": "index_or_alias", "resource.id": name, "index_uuid": "_na_", "index": name}
    return SearchRefused(404, "index_not_found_exception", f"no such index [{name}]", **extra)
