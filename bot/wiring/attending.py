"""The playground with a person in it: at the page in the browser, or at the terminal. Everything runs already."""

import os
import sys
import threading
import webbrowser

import httpx2

from bot.core.errors import MidwatchError
from bot.playground.outfit import APPROVER, HOME, RESPONDER, VISITOR, Outfit
from bot.playground.people import People
from bot.playground.player import Player, as_text
from bot.wiring.common import stop_on_signals

OPEN_IT = """Midwatch's playground is running. Open it in a browser:

  {page}

{begins}, then be the responder, the approver and the visitor in turn. Ctrl-C ends it.
"""
BREAK_IT = "Break the service there"
BY_ITSELF = "The story begins by itself: wait for its alert"


def show(outfit: Outfit, opens: bool) -> int:
    """The page in the browser, until Ctrl-C; opened by itself where this machine has a browser to open it with."""
    stop = threading.Event()
    stop_on_signals(stop)
    say(OPEN_IT.format(page=outfit.page, begins=BY_ITSELF if begins_by_itself(outfit) else BREAK_IT))
    if opens and has_windows():
        webbrowser.open(outfit.page)
    stop.wait()
    return 0


def begins_by_itself(outfit: Outfit) -> bool:
    """What the world says: some stories need their past, so their trouble does not wait to be brought."""
    try:
        return bool(httpx2.get(f"{outfit.world}/_world/state", timeout=10.0).json().get("begins_by_itself"))
    except (httpx2.HTTPError, ValueError):
        return False


def has_windows() -> bool:
    """Whether a browser can open a window here: without one, some would take the terminal over."""
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


# --- with a person at the terminal

WELCOME = """Midwatch's playground is running.
  workspace (stand-in Slack, for programs)  {slack}/_people/state
  the world                                 {world}/_world/state
Type as @robin, the responder on call:  /ops status · /ops help · /ops incident <title>
Type approve or deny to decide as @alex, visitor to try it as @vic, quit or Ctrl-C to end.
"""


def attend(outfit: Outfit) -> int:
    """Show what happens and let the person at the terminal take part, until Ctrl-C."""
    stop = threading.Event()
    stop_on_signals(stop)
    say(WELCOME.format(slack=outfit.slack, world=outfit.world))
    with People(outfit.slack) as people:
        player = Player(people, APPROVER, VISITOR, lambda what: say("\n".join(as_text(what))), acts=False)
        threading.Thread(target=_listen, args=(people, player, stop), daemon=True).start()
        while not stop.wait(0.4):
            try:
                player.look()
            except MidwatchError as error:
                say(str(error))
                return 1
    return 0


def _listen(people: People, player: Player, stop: threading.Event) -> None:
    for line in sys.stdin:
        words = line.strip()
        if words in {"quit", "exit"}:
            break
        if words.startswith("/"):
            answer = people.command(RESPONDER, HOME, words)
            if answer.get("text"):
                say(str(answer["text"]))
        elif words in {"approve", "deny", "visitor"}:
            if not player.decide(VISITOR if words == "visitor" else APPROVER, "deny" if words == "deny" else "approve"):
                say("There is nothing to decide now.")
        elif words:
            say("Type /ops …, approve, deny, visitor or quit.")
    else:
        return  # no terminal: go on until Ctrl-C
    stop.set()


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
