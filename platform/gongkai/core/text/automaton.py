"""Finds thousands of words in one pass over a text (Aho and Corasick, CACM 18/6, 1975)."""

from collections import deque
from collections.abc import Iterator, Sequence


class Automaton:
    """All occurrences of `words` in a text, overlapping ones too, in time of text plus occurrences."""

    def __init__(self, words: Sequence[str]) -> None:
        """Raises `ValueError` for an empty word, which would occur everywhere."""
        if not all(words):
            raise ValueError("an empty word occurs everywhere")
        self._words = tuple(words)
        self._next: list[dict[str, int]] = [{}]
        self._ends: list[tuple[int, ...]] = [()]
        for index, word in enumerate(words):
            self._add(word, index)
        self._fallback = self._link()

    def _add(self, word: str, index: int) -> None:
        node = 0
        for char in word:
            following = self._next[node].get(char)
            if following is None:
                following = self._next[node][char] = len(self._next)
                self._next.append({})
                self._ends.append(())
            node = following
        self._ends[node] += (index,)

    def _link(self) -> list[int]:
        fallback = [0] * len(self._next)
        waiting = deque(self._next[0].values())
        while waiting:
            node = waiting.popleft()
            self._ends[node] += self._ends[fallback[node]]
            for char, child in self._next[node].items():
                waiting.append(child)
                before = fallback[node]
                while before and char not in self._next[before]:
                    before = fallback[before]
                fallback[child] = self._next[before].get(char, 0)
        return fallback

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """(start, end, index of the word) of each occurrence, in the order of their ends."""
        node, following, fallback, ends = 0, self._next, self._fallback, self._ends
        for at, char in enumerate(text):
            while node and char not in following[node]:
                node = fallback[node]
            node = following[node].get(char, 0)
            if ends[node]:
                for index in ends[node]:
                    yield at + 1 - len(self._words[index]), at + 1, index
