"""A digest as people read it. Tools write digests for whoever reasons, too, with every hash and pod name in full.

Only the looks of a line change here, never its numbers: a hash becomes the revision it stands for where that is
known, a list of pods its length, a reference to an image its name and tag.
"""

import re
from collections.abc import Mapping

CARRIERS = re.compile(r"; (templates|pods) ((?:\S+ \d[\d,]*(?:, | and \d+ more)?)+)(?=;|$)")
SHARE = re.compile(r"(\S+) (\d{1,3}(?:,\d{3})*)(?=, |$)")
MORE = re.compile(r" and (\d+) more$")
REGISTRY = re.compile(r"(?<![\w./-])(?:[\w-]+(?:\.[\w-]+)*(?::\d+)?/)+(?=[a-z0-9._-]+(?::[\w.-]+|@sha256:))")
TEMPLATE = re.compile(r",? template ([a-f0-9]{6,12})(?![\w])")


def in_words(line: str, revisions: Mapping[str, str]) -> str:
    """``revisions`` are names of revisions by their template's hash."""
    short = CARRIERS.sub(lambda found: _carriers(found, revisions), line)
    short = TEMPLATE.sub(lambda found: "" if found[1] in revisions else found[0], short)
    return REGISTRY.sub("", short)


def _carriers(found: re.Match[str], revisions: Mapping[str, str]) -> str:
    more = MORE.search(found[2])
    named = SHARE.findall(MORE.sub("", found[2]))
    if found[1] == "templates":
        shares = ", ".join(f"{count} on {_whose(name, revisions)}" for name, count in named)
        return f"; {shares}{more[0] if more else ''}"
    count = len(named) + (int(more[1]) if more else 0)
    return f"; pod {named[0][0]}" if count == 1 else f"; {count} pods"


def _whose(template: str, revisions: Mapping[str, str]) -> str:
    revision = revisions.get(template)
    return f"revision {revision}'s pods" if revision else f"pods of template {template}"
