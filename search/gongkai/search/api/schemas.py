"""What the interface answers. The OpenAPI document is made from these declarations."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Validity = Literal["in_force", "amended", "lapsed", "repealed"]
Cursor = Annotated[str | None, Field(description="取下一页时原样填入参数cursor；没有下一页时为null")]


class Answer(BaseModel):
    """Base of all answers: closed, so that nothing undeclared is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class UnitName(Answer):
    """单位的代码和名称"""

    code: str = Field(description="单位代码，长期不变")
    name: str = Field(description="单位全称")


class ColumnName(Answer):
    """栏目的代码和名称"""

    code: str = Field(description="栏目代码，在一个单位内长期不变")
    name: str = Field(description="栏目名称")


class ItemSummary(Answer):
    """列表中的一条信息"""

    id: int = Field(description="信息编号，长期不变")
    index_number: str = Field(description="索引号")
    title: str = Field(description="名称")
    document_number: str = Field(description="文号，没有文号的为空")
    unit: UnitName
    column_name: str = Field(description="所在栏目的名称")
    published_at: datetime = Field(description="发布时间")
    validity: Validity = Field(description="有效性：in_force有效，amended已修改，lapsed失效，repealed废止")
    url: str = Field(description="信息页面的网址")


class Hit(ItemSummary):
    """一条检索结果"""

    snippet: str = Field(description="正文中与检索词有关的片段")
    file: str = Field(description="片段所在的附件，片段在正文中的为空")
    file_place: str = Field(description="片段在附件中的位置")
    reprints: int = Field(description="另有多少家单位转载了同一文件")


class FilterValue(Answer):
    """可以用来缩小范围的一个值"""

    value: str = Field(description="填入参数的值")
    label: str = Field(description="名称")
    count: int = Field(description="选用后的结果条数")


class Filters(Answer):
    """还可以怎样缩小范围：每个参数可以填写的值，各有多少条（已按其他参数筛选）"""

    area: list[FilterValue] = Field(description="按地区")
    kind: list[FilterValue] = Field(description="按单位类别")
    unit: list[FilterValue] = Field(description="按单位")
    part: list[FilterValue] = Field(description="按目录类别")
    column: list[FilterValue] = Field(description="按栏目")
    subject: list[FilterValue] = Field(description="按主题")
    genre: list[FilterValue] = Field(description="按体裁")
    year: list[FilterValue] = Field(description="按发布年份")
    validity: list[FilterValue] = Field(description="按有效性")
    file: list[FilterValue] = Field(description="按附件类型")


class SearchAnswer(Answer):
    """一页检索结果"""

    query: str = Field(description="检索词")
    corrected_to: str | None = Field(description="检索词中有错别字时，实际检索的词；没有更正时为null")
    understood: list[str] = Field(description="系统对检索词的理解")
    total: int = Field(description="结果条数")
    total_is_exact: bool = Field(description="条数是否准确；为false时表示不少于此数")
    looked_since: date | None = Field(description="相关信息过多时，只检索该日以来发布的信息；检索全部信息时为null")
    reachable: int = Field(description="可以翻看到的条数")
    degraded: bool = Field(description="检索服务暂时没有应答，结果由备用检索提供")
    items: list[Hit]
    filters: Filters
    next: Cursor


class File(Answer):
    """一个附件"""

    name: str = Field(description="文件名")
    media_type: str = Field(description="文件类型")
    size: int = Field(description="字节数")
    url: str = Field(description="下载网址")


class ItemDetail(Answer):
    """一条信息的全部公开内容"""

    id: int = Field(description="信息编号，长期不变")
    index_number: str = Field(description="索引号")
    title: str = Field(description="名称")
    document_number: str = Field(description="文号，没有文号的为空")
    unit: UnitName
    column: ColumnName
    issuing_agency: str = Field(description="发布机构")
    formed_date: date | None = Field(description="生成日期")
    published_at: datetime = Field(description="发布时间")
    validity: Validity = Field(description="有效性：in_force有效，amended已修改，lapsed失效，repealed废止")
    subject_class: str = Field(description="主题分类")
    genre_class: str = Field(description="体裁分类")
    keywords: str = Field(description="关键词")
    summary: str = Field(description="内容概述")
    body_html: str = Field(description="正文（HTML）")
    body_text: str = Field(description="正文（纯文本）")
    is_reprint: bool = Field(description="是否转载")
    files: list[File] = Field(description="附件")
    related: list[int] = Field(description="解读材料、被解读文件、征求意见公告或者结果的信息编号")
    version: int = Field(description="版本，首次发布为1")
    version_at: datetime = Field(description="这一版的发布时间")
    url: str = Field(description="信息页面的网址")


class UnitSummary(UnitName):
    """单位列表中的一个单位"""

    short_name: str = Field(description="简称")
    kind: str = Field(description="单位类别")
    active: bool = Field(description="是否在用；false为已撤销")
    url: str = Field(description="单位页面的网址")


class UnitList(Answer):
    """一页单位"""

    items: list[UnitSummary]
    next: Cursor


class Contact(Answer):
    """信息公开工作机构的联系方式中的一项"""

    label: str = Field(description="项目")
    value: str = Field(description="内容")


class UnitDetail(UnitSummary):
    """一个单位"""

    parent: UnitName | None = Field(description="上级单位")
    successors: list[UnitName] = Field(description="承接其职能的单位")
    predecessors: list[UnitName] = Field(description="职能并入本单位的原单位")
    former_names: list[str] = Field(description="曾用名称")
    contact: list[Contact] = Field(description="信息公开工作机构的联系方式")


class Column(ColumnName):
    """目录中的一个栏目"""

    parent: str | None = Field(description="上级栏目的代码")
    accepts_items: bool = Field(description="是否发布信息；false为只有下级栏目")
    active: bool = Field(description="是否在用")
    total: int = Field(description="已公开的条数，含职能并入本单位的原单位所发布的")
    last_published_date: date | None = Field(description="最近一次发布或者更新的日期")
    url: str = Field(description="栏目页面的网址")


class ColumnList(Answer):
    """一个单位的公开目录，上级栏目在前"""

    items: list[Column]


class ItemList(Answer):
    """一页信息，新发布的在前"""

    items: list[ItemSummary]
    next: Cursor


class FaultOf(Answer):
    """一个参数的问题"""

    parameter: str = Field(description="参数名")
    problem: str = Field(description="哪里不对")
    remedy: str = Field(description="怎样改正")


class Problem(Answer):
    """请求未能完成的原因（RFC 9457）"""

    type: Literal["about:blank"] = "about:blank"
    title: str = Field(description="概述")
    status: int = Field(description="HTTP状态码")
    detail: str = Field(description="说明")
    faults: list[FaultOf] = Field(default_factory=list, description="有问题的参数")
    choices: list[int] = Field(default_factory=list, description="一个编号对应多条信息时，各条的信息编号")
    request_id: str = Field(default="", description="请求编号，联系平台运维人员时请提供")
