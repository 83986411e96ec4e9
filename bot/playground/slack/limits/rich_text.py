"""Limits of rich text: sections, lists, quotes, code, and the pieces inside them."""

from bot.playground.slack.limits.checks import Check, array, boolean, integer, one_of, shape, string, tagged, url

STYLE = shape(
    {}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight"), boolean)
)
STYLED = {"style": STYLE}
PIECES = tagged(
    {
        "text": shape({"text": string(12000)}, STYLED),
        "link": shape({"url": url()}, STYLED | {"text": string(12000), "unsafe": boolean}),
        "user": shape({"user_id": string(255)}, STYLED),
        "usergroup": shape({"usergroup_id": string(255)}, STYLED),
        "channel": shape({"channel_id": string(255)}, STYLED),
        "team": shape({"team_id": string(255)}, STYLED),
        "emoji": shape({"name": string(255)}, STYLED | {"unicode": string(255)}),
        "broadcast": shape({"range": one_of("here", "channel", "everyone")}, STYLED),
        "color": shape({"value": string(255)}, STYLED),
        "date": shape(
            {"timestamp": integer(0, 10**11), "format": string(255)},
            STYLED | {"url": url(), "fallback": string(255)},
        ),
    }
)
INLINE = array(PIECES, 1000)
SECTION = shape({"elements": INLINE})
BORDER = {"border": integer(0, 1)}
PARTS: dict[str, Check] = {
    "rich_text_section": SECTION,
    "rich_text_list": shape(
        {"style": one_of("bullet", "ordered"), "elements": array(tagged({"rich_text_section": SECTION}), 1000)},
        BORDER | {"indent": integer(0, 8), "offset": integer(0, 10**6)},
    ),
    "rich_text_preformatted": shape({"elements": INLINE}, BORDER | {"language": string(255)}),
    "rich_text_quote": shape({"elements": INLINE}, BORDER),
}
RICH_TEXT = shape({"elements": array(tagged(PARTS), 1000)}, {"block_id": string(255)})
