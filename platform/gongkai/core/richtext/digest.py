"""Digests that tell exact duplicates apart from all else."""

from hashlib import sha256
from unicodedata import category

from gongkai.core.text.folding import fold


def text_digest(title: str, text: str) -> str:
    """SHA-256 (hex) of title and text, folded, without white space and punctuation.

    Items with the same digest differ in layout, widths, variants of characters or punctuation only.
    """
    bare = "\n".join("".join(filter(_counts, fold(part))) for part in (title, text))
    return sha256(bare.encode()).hexdigest()


def _counts(character: str) -> bool:
    return category(character)[0] in "LMNS"
