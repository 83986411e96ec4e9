"""`midwatch keys`: the signing pair and the Redis users, written where only their owner can read them."""

import secrets
from pathlib import Path

from bot.adapters.acl import USERS, acl_lines
from bot.adapters.ed25519 import generate
from bot.core.errors import BadInput
from bot.wiring.reading import print_line


def main(into: Path) -> int:
    """Write `serve.key` (private), `act.key` (public) and `users.acl`; never overwrites one that exists."""
    into.mkdir(parents=True, exist_ok=True)
    pair = generate()
    passwords = {user: secrets.token_urlsafe(24) for user in USERS}
    files = {
        "serve.key": f"MIDWATCH_SIGNING_KEY={pair.private}\n",
        "act.key": f"MIDWATCH_VERIFY_KEY={pair.public}\n",
        "users.acl": "\n".join(acl_lines(passwords)) + "\n",
    }
    standing = [name for name in files if (into / name).exists()]
    if standing:
        raise BadInput(f"{', '.join(standing)} already in {into}; move it away first, a key is never overwritten")
    for name, text in files.items():
        path = into / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        print_line(str(path))
    print_line(f"key {pair.key}: serve.key is for serve alone, act.key for act; users.acl is Redis's aclfile")
    return 0
