"""Words from anywhere, made fit to stand in a Slack message: escaped, bounded, and unable to call anybody.

`said`, `quoted` and `label` take text from outside and give text that Slack shows as it is; everything else here makes
Slack's own marks (people, dates, links) from values we trust. No layout, no wording.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

MORE = "…"
UNSEEN = frozenset({"Cf", "Cc", "Co", "Cs", "Cn"})  # format (zero width, bidi), control, private, surrogate, unassigned
SPACES = re.compile(r"\s+")
CALL = re.compile(r"(?<!\w)@(?=\w)")
FORMAT = re.compile(r"(?<![^\W_])[*_~]|[*_~](?![^\W_])")
MASK = re.compile(r"<(?:uuid|time|ip|mail|text|hex|pod|num|tail)>")  # where lines of one kind differ
LOOKALIKE = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}
SELECTOR = re.compile(r"(\w*\{[^{}`]*[=!]~[^{}`]*\})")  # PromQL that must be copied as it is
PAIR = re.compile(r"<([^<>]*)>|<(?=[!@#])")
SLACK_ID = re.compile(r"[UWS][A-Z0-9]{2,30}")
CHANNEL_ID = re.compile(r"[CDG][A-Z0-9]{2,30}")
WEB = re.compile(r"https?://[!#-&(-;=?-\[\]^_a-z{}~]{1,2900}")  # printable ASCII, without < > | " ' ` and backslash
DOT = re.compile(r"(?<=\w)[.](?=[^\W\d_])")  # of a domain; not of a number
CODE = re.compile(r"`[^`]+`")
EMPHASIS = re.compile(r"\*{1,2}[^*\s`](?:[^*`]*[^*\s`])?\*{1,2}")
PIECES = re.compile(rf"({CODE.pattern}|{EMPHASIS.pattern})")
UTC_CLOCK = re.compile(
    r"(“[^”]*”|`[^`]*`|\b\d{1,2} [A-Z][a-z]+ (?=\d\d:))|\b([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d)? UTC\b"
)
MARKED = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|`[^`]*`|.", re.DOTALL)


def seen(text: str) -> str:
    """What a reader can see of ``text``, on one line: no control, zero-width or direction-changing characters."""
    spaced = SPACES.sub(" ", str(text))
    return "".join(sign for sign in spaced if unicodedata.category(sign) not in UNSEEN).strip()


def clip(text: str, most: int) -> str:
    """At most ``most`` characters, the last one "…" where something is missing."""
    return text if len(text) <= most else text[: most - 1].rstrip() + MORE


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def said(text: str, most: int = 300) -> str:
    """Text from outside for a mrkdwn object: no formatting, no links, no mention can come of it.

    Two `~` would strike out what is between them. A look-alike would not do in PromQL, which people copy: a selector
    is a code span, where Slack reads no marks.
    """
    pieces = SELECTOR.split(clip(seen(text), most))
    return "".join(quoted(piece, most) if place % 2 else _calm(piece) for place, piece in enumerate(pieces))


def _calm(text: str) -> str:
    calm = FORMAT.sub(lambda mark: LOOKALIKE[mark[0]], text).replace("`", LOOKALIKE["`"])
    return escaped(CALL.sub("＠", calm))


def unmasked(text: str) -> str:
    """What lines of one kind have in common, as people write it: “charge … failed”, not “charge <num> failed”."""
    return MASK.sub(MORE, text)


def quoted(text: str, most: int = 200) -> str:
    """A literal piece of somebody's output in a code span; backticks in it become look-alikes."""
    inner = clip(seen(text).replace("`", LOOKALIKE["`"]), most)
    return f"`{escaped(CALL.sub('＠', inner))}`" if inner else "(empty)"


def page(text: str, most: int = 500) -> str:
    """A passage of a runbook: its code stays code and its emphasis emphasis, everything else is said."""
    return "".join(_piece(piece) for piece in PIECES.split(clip(seen(text), most)))


def _piece(piece: str) -> str:
    if CODE.fullmatch(piece):
        return quoted(piece[1:-1], 500)
    if EMPHASIS.fullmatch(piece):
        return f"_{said(piece.strip('*'), 500)}_"
    kept = said(piece, 500)
    return f"{' ' if piece[:1] == ' ' else ''}{kept}{' ' if kept and piece[-1:] == ' ' else ''}"


def label(text: str, most: int = 150) -> str:
    """Text from outside for a plain_text object, where Slack reads no marks and escapes by itself.

    What is no mark stays as people wrote it (`R&D`, `p99 > 2 s`); the brackets of one go all the same.
    """
    return clip(PAIR.sub(lambda found: "‹" if found[1] is None else f"‹{found[1]}›", CALL.sub("＠", seen(text))), most)


def unlinked(text: str) -> str:
    """``text`` for where Slack makes links by itself (a topic): addresses keep their looks and lead nowhere."""
    return DOT.sub("․", seen(text).replace("://", ":∕∕"))


def block_of_code(text: str, most: int = 1200) -> str:
    """Several lines of somebody's output as a code block; lines are kept."""
    lines = [seen_indented(line).replace("`", LOOKALIKE["`"]) for line in str(text).splitlines()]
    return f"```{escaped(CALL.sub('＠', clip(chr(10).join(lines), most)))}```"


def seen_indented(line: str) -> str:
    indent = len(line) - len(line.lstrip(" "))
    return " " * min(indent, 20) + seen(line)


# --- marks of Slack's own, from values we trust ---------------------------------------------------------------------


def person(who: str) -> str:
    """A mention of a user or user group. It notifies, where it stands in a new message."""
    if not SLACK_ID.fullmatch(who):
        return said(who, 40)
    return f"<!subteam^{who}>" if who.startswith("S") else f"<@{who}>"


def people(who: tuple[str, ...], joined: str = "or") -> str:
    """“@a, @b or @c”."""
    names = [person(each) for each in who]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {joined} {names[-1]}" if names else "nobody"


def channel(where: str) -> str:
    return f"<#{where}>" if CHANNEL_ID.fullmatch(where) else said(where, 80)


def link(url: str, words: str) -> str:
    """``words`` leading to ``url``; the words alone where the address cannot be one."""
    shown = _calm(clip(seen(words), 150)).replace("|", "¦") or "link"
    safe = url.replace("'", "%27")  # Kibana writes quotes into its addresses
    return f"<{escaped(safe)}|{shown}>" if WEB.fullmatch(safe) else shown


def clock(at: datetime) -> str:
    """The time of day, in each reader's own zone; UTC where Slack cannot."""
    return f"<!date^{int(at.timestamp())}^{{time}}|{at.astimezone(UTC):%H:%M} UTC>"


def moment(at: datetime) -> str:
    """Day and time, in each reader's own zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{at.astimezone(UTC):%d %b %H:%M} UTC>"


def local(words: str, by: datetime) -> str:
    """Words made fit already, their “02:11:03 UTC” in each reader's own zone like every other time on a card.

    The day is the last on which that time had come ``by`` then. What is quoted stays as it was, and so does a time
    that stands behind a date, because the date would have to move with it.
    """
    kept: list[str] = []
    end, dated = 0, False
    for found in UTC_CLOCK.finditer(words):
        whole = found[0] if found[1] or dated else clock(_last(by, int(found[2]), int(found[3])))
        kept += [words[end : found.start()], whole]
        end, dated = found.end(), bool(found[1]) and found[1][0].isdigit()
    return "".join([*kept, words[end:]])


def _last(by: datetime, hour: int, minute: int) -> datetime:
    at = by.astimezone(UTC).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return at if at <= by else at - timedelta(days=1)


def bare_clock(at: datetime) -> str:
    """For notifications and screen readers, which show no date marks."""
    return f"{at.astimezone(UTC):%H:%M} UTC"


def lasted(span: timedelta) -> str:
    """“41 s”, “8 min”, “2 h 5 min”, “3 d”."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        minutes, rest = divmod(seconds, 60)
        return f"{minutes} min {rest} s" if minutes < 5 and rest else f"{minutes} min"
    if seconds < 48 * 3600:
        hours, rest = divmod(seconds // 60, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{seconds // 86400} d"


def sentence(words: str) -> str:
    """``words`` beginning with a capital; text already made fit."""
    return words[:1].upper() + words[1:]


def counted(number: int, one: str, many: str = "") -> str:
    """“1 alert”, “14 alerts”, “1,204 times”."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def clip_marked(text: str, most: int) -> str:
    """`clip` for text with marks in it: never in the middle of a link, a mention, an entity or a code span."""
    if len(text) <= most:
        return text
    kept: list[str] = []
    room = most - 1
    for found in MARKED.finditer(text):
        if len(found[0]) > room:
            break
        kept.append(found[0])
        room -= len(found[0])
    return "".join(kept).rstrip() + MORE
