"""What may be asked of the interface, declared once: requests are checked by it, and the document is made from it."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gongkai.catalog.column_templates import PARTS
from gongkai.core.errors import Fault, Invalid
from gongkai.publishing.models import VALIDITIES
from gongkai.search.filters import FILE_TYPES, HEADINGS
from gongkai.search.query import LONGEST_QUERY

M = TypeVar("M", bound=BaseModel)
LARGEST_PAGE = 100
LONGEST_CODE = 64
FIRST_YEAR, LAST_YEAR = 1949, 2200
Size = Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="每页条数")]
Behind = Annotated[str, Field(max_length=200, description="上一页应答中的next；取第一页时不填")]
Code = Annotated[str, Field(max_length=LONGEST_CODE)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
_WRONG = {
    "missing": ("没有填写", "请填写后再试"),
    "extra_forbidden": ("没有这个参数", "请核对参数名的拼写"),
    "string_too_short": ("没有填写", "请填写后再试"),
    "string_too_long": ("过长，最多{max_length}个字", "请缩短后再试"),
    "int_parsing": ("不是整数", "请填写整数"),
    "greater_than_equal": ("不能小于{ge}", "请改正后再试"),
    "less_than_equal": ("不能大于{le}", "请改正后再试"),
    "date_from_datetime_parsing": ("不是有效日期", "请按“2026-03-01”的形式填写"),
    "date_parsing": ("不是有效日期", "请按“2026-03-01”的形式填写"),
    "literal_error": ("不是可以填写的值", "可以填写：{expected}"),
}


class Parameters(BaseModel):
    """Base of all sets of parameters; an unknown one is refused by its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoParameters(Parameters):
    """没有参数"""


class SearchParameters(Parameters):
    """检索条件"""

    q: str = Field(
        min_length=1, max_length=LONGEST_QUERY, description="检索词：名称、文号、索引号或内容，简体、繁体均可"
    )
    area: Code = Field(default="", description="只查这个县（市、区）或者本级的单位（单位代码）")
    kind: Code = Field(default="", description="只查这一类单位（代码见应答中的filters）")
    unit: Code = Field(default="", description="只查这个单位（单位代码）")
    part: Code = Field(default="", description=f"只查目录的这一类：{'、'.join(PARTS)}")
    column: Code = Field(default="", description="只查这个栏目（栏目代码）")
    subject: Code = Field(default="", description="只查这个主题，如：综合政务")
    genre: Code = Field(default="", description="只查这个体裁，如：通知")
    year: Year | None = Field(default=None, description="只查这一年发布的")
    validity: Code = Field(default="", description=f"只查这种有效性：{'、'.join(VALIDITIES)}")
    file: Code = Field(default="", description=f"只查有这类附件的：{'、'.join(FILE_TYPES)}")
    since: date | None = Field(default=None, description="只查这一天起发布的，如：2026-03-01")
    until: date | None = Field(default=None, description="只查到这一天为止发布的")
    order: Literal["relevance", "date"] = Field(default="relevance", description="排序：relevance按相关度，date按时间")
    verbatim: Literal["0", "1"] = Field(default="0", description="填1时不更正错别字")
    size: Size = 20
    cursor: Behind = ""

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set, by name."""
        return {name: str(value) for name in HEADINGS if (value := getattr(self, name))}


class UnitParameters(Parameters):
    """单位的筛选条件"""

    q: str = Field(default="", max_length=100, description="名称、曾用名称或者拼音首字母中的一部分")
    size: Size = LARGEST_PAGE
    cursor: Behind = ""


class ItemParameters(Parameters):
    """信息的筛选条件"""

    column: Code = Field(default="", description="只列这个栏目（栏目代码），不含下级栏目")
    year: Year | None = Field(default=None, description="只列这一年发布的")
    size: Size = 20
    cursor: Behind = ""


def read(model: type[M], given: Mapping[str, list[str]]) -> M:
    """The parameters of a request.

    Raises:
        Invalid: with a fault for each parameter that is unknown, missing, given twice or malformed.
    """
    twice = [name for name, values in given.items() if len(values) > 1]
    if twice:
        raise Invalid([Fault(name[:LONGEST_CODE], "填写了不止一次", "请只填写一次") for name in twice])
    try:
        return model.model_validate({name: values[0] for name, values in given.items()})
    except ValidationError as error:
        raise Invalid([_fault(entry) for entry in error.errors()]) from error


def _fault(error: Any) -> Fault:
    name = str(error["loc"][0])[:LONGEST_CODE]
    problem, remedy = _WRONG.get(error["type"], ("填写的值无效", "请改正后再试"))
    limits = {key: re.sub(" or |, ", "、", str(value)) for key, value in error.get("ctx", {}).items()}
    return Fault(name, problem.format_map(limits), remedy.format_map(limits))
