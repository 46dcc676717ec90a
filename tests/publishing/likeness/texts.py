"""Texts that are nearly equal, and what is kept of their items."""

from sqlalchemy import select

from gongkai.publishing.likeness.models import FingerprintBand, ItemFingerprint
from tests.factories.world import World

_SENTENCE = (
    "第{number}条：各村要在{month}月底前完成隐患排查，逐户登记造册，由包村干部{number}号签字确认后报送应急管理办公室。"
)


def long_text(*, month: int = 3, sentences: int = 30, replaced: int = 0, word: str = "演练") -> str:
    """HTML of some fifteen hundred characters; `replaced` sentences say something else."""
    said = [_SENTENCE.format(number=number, month=month + number) for number in range(sentences)]
    for place in range(replaced):
        said[place] = f"{word}安排见第{place}号附件。"
    return "".join(f"<p>{one}</p>" for one in said)


def likes(world: World) -> dict[int, int | None]:
    """Item → the earlier one that it is like, of all that have a fingerprint."""
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.execute(select(ItemFingerprint.item_id, ItemFingerprint.like_id))
        return {row.item_id: row.like_id for row in rows}


def banded(world: World) -> set[int]:
    """The items that can be found by bands."""
    with world.services.database.system_scope("test") as uow:
        return set(uow.session.scalars(select(FingerprintBand.item_id)))
