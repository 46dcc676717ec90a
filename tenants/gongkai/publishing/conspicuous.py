"""Texts that stand out: those that say nothing, those that hold long numbers.

Among a million texts they are a handful. An index holds those that meet the condition, judged when they are written;
a query finds them at once if it asks in the very words of the index. Whoever changes a condition changes the index
with a migration; a test compares the two.
"""

_SPACE = "[:space:]\u00a0\u3000"
_GAP = "([-－—–‐ \u00a0\u3000]|</?[esu][a-z]*>)*"
_DIGIT = "[0-9０-９]"
LONG_NUMBER = f"[1１]{_GAP}[3-9３-９]({_GAP}{_DIGIT}){{9}}|{_DIGIT}({_GAP}{_DIGIT}){{14}}"
"""Regular expression of PostgreSQL: a mobile number, or fifteen digits and more, however it is parted or set."""


def says_nothing(alias: str = "") -> str:
    """Condition on `version_text` (`alias` with its dot, `t.`): nothing to be seen stands in it.

    Whatever markup there is, a text that says nothing is short, and all is blank before, between and behind its tags.
    """
    return (
        f"{alias}erased_at IS NULL AND octet_length({alias}body_html) < 2000 AND strpos({alias}body_html, '<img') = 0"
        f" AND {alias}body_html !~ '(^|>)([{_SPACE}]|&nbsp;)*[^<>&{_SPACE}]'"
    )


def holds_long_number(alias: str = "") -> str:
    """Condition on `version_text` (`alias` as above): a number stands in it that may be a person's."""
    return f"{alias}body_html ~ '{LONG_NUMBER}'"
