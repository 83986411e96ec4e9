"""Reads what comes with a call: JSON bodies, search options in the URL, and `filter_path`."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from bot.playground.world.search.refusal import SearchRefused, illegal, unparsable

_SEARCH = {
    "size",
    "from",
    "sort",
    "q",
    "df",
    "default_operator",
    "track_total_hits",
    "track_scores",
    "_source",
    "_source_includes",
    "_source_excludes",
    "timeout",
}
_HARMLESS = {
    "ignore_unavailable",
    "allow_no_indices",
    "expand_wildcards",
    "allow_partial_search_results",
    "request_cache",
    "preference",
    "routing",
    "filter_path",
    "pretty",
    "human",
    "error_trace",
    "search_type",
    "batched_reduce_size",
    "max_concurrent_shard_requests",
    "ccs_minimize_roundtrips",
    "pre_filter_shard_size",
}


def body_of(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        found = json.loads(body)
    except ValueError as error:
        raise SearchRefused(400, "x_content_parse_exception", f"Unexpected input: {error}") from error
    if not isinstance(found, dict):
        raise unparsable("Unknown key for a START_ARRAY, expected [START_OBJECT]")
    return found


def truth(params: Mapping[str, str], name: str, default: bool) -> bool:
    value = params.get(name)
    if value is None:
        return default
    if value not in ("true", "false", ""):
        raise illegal(f"Failed to parse value [{value}] as only [true] or [false] are allowed.")
    return value != "false"


def search_body(body: dict[str, Any], params: Mapping[str, str]) -> dict[str, Any]:
    """Return the body with the URL's options in it; the URL wins, as it does on real servers."""
    unknown = set(params) - _SEARCH - _HARMLESS
    if unknown:
        raise illegal(f"request contains unrecognized parameter: [{min(unknown)}]")
    merged = dict(body)
    for name in ("size", "from", "timeout"):
        if name in params:
            merged[name] = params[name]
    if "sort" in params:
        merged["sort"] = params["sort"].split(",")
    if "q" in params:
        operator = params.get("default_operator", "or")
        merged["query"] = {"query_string": {"query": params["q"], "default_operator": operator}}
        if "df" in params:
            merged["query"]["query_string"]["default_field"] = params["df"]
    _flags(merged, params)
    return merged


def _flags(merged: dict[str, Any], params: Mapping[str, str]) -> None:
    tracked = params.get("track_total_hits")
    if tracked is not None:
        merged["track_total_hits"] = {"true": True, "false": False}.get(tracked, tracked)
    if "track_scores" in params:
        merged["track_scores"] = truth(params, "track_scores", False)
    if "_source" in params:
        merged["_source"] = {"true": True, "false": False}.get(params["_source"], params["_source"])
    if "_source_includes" in params or "_source_excludes" in params:
        chosen = {"includes": params.get("_source_includes"), "excludes": params.get("_source_excludes")}
        merged["_source"] = {key: value.split(",") for key, value in chosen.items() if value}


def narrowed(answer: dict[str, Any], written: str | None) -> Any:
    """Return only what `filter_path` names: `hits.hits._source,aggregations.*.buckets`."""
    if not written:
        return answer
    paths = [path.split(".") for path in written.split(",")]
    return _kept(answer, [path for path in paths if not path[0].startswith("-")]) or {}


def _kept(value: Any, paths: list[list[str]]) -> Any:
    if any(not path or path == ["**"] for path in paths):
        return value
    if isinstance(value, list):
        return [kept for one in value if (kept := _kept(one, paths)) is not None] or None
    if not isinstance(value, dict):
        return None
    found = {}
    for key, inner in value.items():
        below = [path[1:] for path in paths if fnmatchcase(key, path[0])]
        below += [path for path in paths if path[0] == "**"]
        if below and (kept := _kept(inner, below)) is not None:
            found[key] = kept
    return found or None
