"""Checks what diagnosis thinks with: the model's key and name, the runbooks and their index."""

import time
from collections.abc import Iterator
from pathlib import Path

import anthropic

from bot.adapters import runbook_files, runbook_index
from bot.core.checkup import Checkup, proven, unproven, wrong
from bot.core.errors import MidwatchError
from bot.settings import DiagnoseSettings
from bot.wiring.books import FOLDER

SECONDS = 10.0
PART = "model"
MOST_PROBLEMS = 5
BASE = "set ANTHROPIC_BASE_URL, or open the way to api.anthropic.com:443"


def check_model(settings: DiagnoseSettings) -> Checkup:
    """One cheap question about the model; nothing is generated."""
    if settings.anthropic_api_key is None:
        says = "ANTHROPIC_API_KEY is not set: diagnosis is guided by runbooks alone, which works"
        return unproven(PART, says, "set it where Claude should reason too")
    base = str(settings.anthropic_base_url) if settings.anthropic_base_url else None
    key = settings.anthropic_api_key.get_secret_value()
    client = anthropic.Anthropic(api_key=key, base_url=base, timeout=SECONDS, max_retries=0)
    with client:
        try:
            found = client.models.retrieve(settings.model)
            return proven(PART, f"the key is taken, and {found.id} is there")
        except anthropic.NotFoundError as error:
            if not _says_so(error):
                return _counted(client, settings.model)
            return _no_such_model(settings.model)
        except anthropic.AnthropicError as error:
            return _refused(error)


def _counted(client: anthropic.Anthropic, model: str) -> Checkup:
    """A gateway that lists no models may still count tokens."""
    try:
        client.messages.count_tokens(model=model, messages=[{"role": "user", "content": "."}])
    except anthropic.NotFoundError as error:
        if _says_so(error):
            return _no_such_model(model)
        return wrong(PART, "what answers there is not the Messages API", BASE)
    except anthropic.AnthropicError as error:
        return _refused(error)
    return proven(PART, f"the key is taken for {model}")


def _says_so(error: anthropic.NotFoundError) -> bool:
    """Whether the API itself says that there is no such thing, not some server on the way."""
    body = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error")
    return isinstance(inner, dict) and inner.get("type") == "not_found_error"


def _no_such_model(model: str) -> Checkup:
    return wrong(PART, f"there is no model {model} for this key", "set MIDWATCH_MODEL to one that the key may use")


def _refused(error: anthropic.AnthropicError) -> Checkup:
    match error:
        case anthropic.AuthenticationError():
            return wrong(PART, "ANTHROPIC_API_KEY is not taken (401)", "copy a live key from console.anthropic.com")
        case anthropic.PermissionDeniedError():
            return wrong(PART, "ANTHROPIC_API_KEY may not use this model (403)", "give the key's workspace the model")
        case anthropic.RateLimitError():
            return unproven(PART, "the key is taken, but its rate limit is used up (429)", "try again in a minute")
        case anthropic.APIStatusError(status_code=status):
            return unproven(PART, f"the model's API answered {status}", "try again; diagnosis is guided meanwhile")
    return wrong(PART, f"the model's API does not answer: {error}", BASE)


def check_runbooks(settings: DiagnoseSettings) -> Iterator[Checkup]:
    part = "runbooks"
    problems = runbook_files.lint(settings.runbooks)
    if problems:
        more = f" (and {len(problems) - MOST_PROBLEMS} more)" if len(problems) > MOST_PROBLEMS else ""
        told = "; ".join(str(problem) for problem in problems[:MOST_PROBLEMS])
        yield wrong(part, f"{told}{more}", "mend the pages named; `midwatch runbooks lint` lists everything")
        return
    pages = runbook_files.load(settings.runbooks).runbooks
    if "general" not in pages:
        yield wrong(part, "no page has the id general, which every other case falls back to", "add the shipped folder")
        return
    yield proven(part, f"{len(pages)} pages, every check of them can run")
    yield _index(settings, settings.data_dir / FOLDER)


def _index(settings: DiagnoseSettings, into: Path) -> Checkup:
    part, pointer = "runbook index", into / "current"
    try:
        current = runbook_index.is_current(settings.runbooks, into)
    except (MidwatchError, OSError) as error:
        return unproven(part, f"cannot be read: {error}", "`midwatch runbooks index`")
    if not current:
        says = "is older than the pages" if pointer.exists() else "is not built yet"
        return unproven(part, f"{says}; the worker builds it when it starts", "`midwatch runbooks index`")
    hours = (time.time() - pointer.lstat().st_mtime) / 3600
    return proven(part, f"is of these very pages, built {hours:.0f} h ago")
