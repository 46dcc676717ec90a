"""Refusals of the interface that nothing else has."""

from collections.abc import Sequence

from gongkai.core.errors import DomainError


class Ambiguous(DomainError):
    """An old index number that several items have; `choices` are their ids."""

    def __init__(self, number: str, choices: Sequence[int]) -> None:
        self.choices = list(choices)
        super().__init__(f"编号“{number}”对应{len(choices)}条信息，请改用信息编号查询。")
