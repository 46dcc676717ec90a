"""Sentences as people see them: which end twice, or are nothing but their full stop."""

from html.parser import HTMLParser

from sqlalchemy import Engine, text

INLINE = frozenset({
    "a", "abbr", "b", "bdi", "cite", "code", "data", "em", "i", "ins", "del", "kbd", "mark", "q", "s", "small", "span",
    "strong", "sub", "sup", "time", "u", "wbr",
})  # fmt: skip
BAD = ("。。", "，。", "。，", "。；", "；。", "、。", "：。")
GIVEN = (
    "basis", "caller", "change_reason", "declined_reason", "end_reason", "objection", "opinion",
    "reason", "refusal_reason", "taken_down_reason", "withheld_reason",
)  # fmt: skip
UNSEEN = frozenset({"script", "style", "template", "svg", "title"})


class Blocks(HTMLParser):
    """The text of each block of a page, that of its inline elements put together."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._text: list[str] = []
        self._unseen = 0
        self.feed(page)
        self._end()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in UNSEEN
        if tag not in INLINE:
            self._end()

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN
        if tag not in INLINE:
            self._end()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._text.append(data)

    def _end(self) -> None:
        if said := "".join("".join(self._text).split()):
            self.texts.append(said)
        self._text = []


def badly_ended(page: str) -> list[str]:
    """Blocks of a page whose sentences end badly."""
    return [said for said in Blocks(page).texts if any(bad in said for bad in BAD) or said[0] == "。"]


def end_with_full_stops(superuser: Engine) -> None:
    """What people have written down as reasons ends as they end it."""
    with superuser.begin() as connection:
        columns = connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
                " AND data_type = 'text' AND column_name = ANY (:named)"
            ),
            {"named": list(GIVEN)},
        ).all()
        for table, column in columns:
            connection.execute(
                text(f"UPDATE {table} SET {column} = rtrim({column}, '。') || '。' WHERE {column} <> ''")
            )
