"""Lines that only the width of the paper broke; part of the child process."""

import re

_HAN = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_SENTENCE_ENDS = "。；！？："


def join_lines(text: str) -> str:
    """Text of a page with the line breaks within Chinese sentences taken out."""
    joined: list[list[str]] = []
    for line in text.splitlines():
        before = joined[-1][-1].rstrip(" \t")[-1:] if joined else ""
        if before not in _SENTENCE_ENDS and _HAN.match(before) and _HAN.match(line):
            joined[-1].append(line)
        else:
            joined.append([line])
    return "\n".join(map("".join, joined))
