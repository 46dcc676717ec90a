"""The operations of the interface, declared once: routes, checks of parameters, the document and the page follow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from gongkai.search.api import schemas
from gongkai.search.api.parameters import (
    ItemParameters,
    NoParameters,
    Parameters,
    SearchParameters,
    UnitParameters,
)

P = TypeVar("P", bound=Parameters)
ROOT = "/api/v1"
CODE = "单位代码，见单位列表"


@dataclass(frozen=True, slots=True)
class Operation(Generic[P]):
    """One operation, always GET.

    Attributes:
        rule: address below `ROOT`, as Flask writes it.
        places: what stands in the address, by name.
        refusals: statuses besides 200, 400, 429, 500 and 503.
        example: address below `ROOT` with the placeholders {code}, {id}, {number}, {column} of `Examples`.
    """

    name: str
    rule: str
    summary: str
    description: str
    parameters: type[P]
    answer: type[schemas.Answer]
    example: str
    places: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    refusals: tuple[int, ...] = ()

    @property
    def path(self) -> str:
        """The address as OpenAPI writes it."""
        return ROOT + self.rule.replace("<path:", "{").replace("<", "{").replace(">", "}")


SEARCH = Operation(
    name="search",
    rule="/search",
    summary="检索信息",
    description="与检索页面相同：同一检索词、同样的次序。除检索词外的条件可以同时使用。",
    parameters=SearchParameters,
    answer=schemas.SearchAnswer,
    example="/search?q=通知&size=5",
)
ITEM = Operation(
    name="item",
    rule="/items/<path:reference>",
    summary="取一条信息",
    description="按信息编号或者索引号取一条信息的全部公开内容；索引号中的斜线照写。",
    parameters=NoParameters,
    answer=schemas.ItemDetail,
    example="/items/{number}",
    places=MappingProxyType({"reference": "信息编号或者索引号"}),
    refusals=(404, 409, 410),
)
UNITS = Operation(
    name="units",
    rule="/units",
    summary="列出单位",
    description="全部公开单位，按编制次序排列，含已撤销的单位。",
    parameters=UnitParameters,
    answer=schemas.UnitList,
    example="/units?size=5",
)
UNIT = Operation(
    name="unit",
    rule="/units/<code>",
    summary="取一个单位",
    description="单位的名称、沿革和信息公开工作机构的联系方式。",
    parameters=NoParameters,
    answer=schemas.UnitDetail,
    example="/units/{code}",
    places=MappingProxyType({"code": CODE}),
    refusals=(404,),
)
COLUMNS = Operation(
    name="columns",
    rule="/units/<code>/columns",
    summary="列出单位的栏目",
    description="单位的公开目录，上级栏目在前，附各栏目已公开的条数。",
    parameters=NoParameters,
    answer=schemas.ColumnList,
    example="/units/{code}/columns",
    places=MappingProxyType({"code": CODE}),
    refusals=(404,),
)
ITEMS = Operation(
    name="items",
    rule="/units/<code>/items",
    summary="列出单位的信息",
    description="单位发布的信息，新发布的在前，可以一直翻到第一条；原单位发布的，用原单位的代码另行列出。",
    parameters=ItemParameters,
    answer=schemas.ItemList,
    example="/units/{code}/items?column={column}&size=5",
    places=MappingProxyType({"code": CODE}),
    refusals=(404, 410),
)
OPERATIONS: tuple[Operation[Any], ...] = (SEARCH, ITEM, UNITS, UNIT, COLUMNS, ITEMS)
EVERY_REFUSAL = (400, 429, 500, 503)
