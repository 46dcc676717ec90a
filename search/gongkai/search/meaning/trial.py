"""Tries a model before it is used: how long its vectors are, and which cosines mean alike and unlike.

Models differ in that: with multilingual-e5-small what has nothing to do with each other is at 0.84, with others at 0.2.
"""

from dataclasses import dataclass

from gongkai.core.errors import OutOfReach
from gongkai.search.meaning.embedder import Embedder, normalised

SECONDS = 30.0
PAIRS = (
    ("吃低保一个月能领多少钱", "最低生活保障标准调整的通知"),
    ("政府一年花了多少钱", "部门决算公开"),
    ("小孩上小学怎么报名", "义务教育学校招生入学工作实施意见"),
    ("房子拆了赔多少钱", "国有土地上房屋征收补偿安置方案"),
    ("看病能报销多少", "基本医疗保险门诊和住院待遇"),
    ("想进单位上班怎么考", "公开招聘事业单位工作人员公告"),
    ("工厂排污水有没有人管", "排污许可和环境行政处罚决定书"),
    ("路坏了谁来修", "农村公路养护计划"),
)
"""Queries with titles that answer them, and no others here."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial tells; `alike` and `unlike` are mean cosines, the first larger than the second."""

    dimensions: int
    alike: float
    unlike: float


def tried(embedder: Embedder) -> Trial:
    """Try a model.

    Raises:
        OutOfReach: when it does not answer, or does not find what belongs together.
    """
    passages = [normalised(vector) for vector in embedder.passages([title for _, title in PAIRS])]
    queries = [normalised(embedder.query(query, seconds=SECONDS)) for query, _ in PAIRS]
    cosines = [[sum(map(float.__mul__, one, other)) for other in passages] for one in queries]
    number = len(PAIRS)
    alike = sum(cosines[at][at] for at in range(number)) / number
    unlike = (sum(map(sum, cosines)) - alike * number) / (number * (number - 1))
    if alike <= unlike:
        raise OutOfReach("the model finds what belongs together no nearer than anything else")
    return Trial(len(passages[0]), alike, unlike)
