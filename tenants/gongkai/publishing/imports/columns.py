"""The lists that items are imported from: their columns, and the template that people fill in."""

from collections.abc import Sequence

from gongkai.core.tables.columns import Column
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.publishing.models import MODES, VALIDITIES

KINDS = {"drafts": "草稿导入（进入审查流程）", "migration": "历史信息迁移（已在其他平台公开）"}

_UNIT = Column(
    "unit",
    "单位",
    aliases=("单位代码", "单位名称", "所属单位", "公开单位"),
    help="单位代码、全称或简称；不填为当前单位",
)
_COLUMN = Column(
    "column",
    "栏目",
    required=True,
    aliases=("所属栏目", "栏目名称", "栏目代码", "信息分类", "组配分类", "公开目录", "分类"),
    help="最末一级栏目的代码、名称，或“上级栏目/栏目”",
)
_TITLE = Column("title", "标题", required=True, aliases=("名称", "信息名称", "信息标题"), help="完整标题")
_PUBLISHED = Column(
    "published_at",
    "发布时间",
    required=True,
    aliases=("发布日期", "公开日期", "公开时间", "首次公开时间"),
    help="在原网站首次公开的时间，如 2023-03-23 09:30",
)
_COMMON = (
    Column("document_number", "文号", aliases=("发文字号", "文件编号", "发布文号"), help="如 云民发〔2023〕5号"),
    Column(
        "index_number",
        "索引号",
        aliases=("信息索引号",),
        help="历史信息迁移填写原网站的索引号，不填则自动编号；草稿不填，发布时由系统编号",
    ),
    Column("issuing_agency", "发布机构", aliases=("发文机关", "发文机构", "发文单位"), help="规范全称"),
    Column(
        "formed_date", "成文日期", aliases=("生成日期", "产生日期", "发文日期"), help="如 2023-03-16 或 2023年3月16日"
    ),
    Column("summary", "内容概述", aliases=("摘要", "概述"), help="100字以内的完整句子"),
    Column("body", "正文", aliases=("内容", "信息内容"), help="纯文本或网页代码；格式会按平台规范整理"),
    Column("subject_class", "主题分类", aliases=("主题",), help="大类、“大类/小类”或小类，如 财政、金融、审计/财政"),
    Column("genre_class", "体裁分类", aliases=("体裁", "文种"), help="如 通知、公告、意见"),
    Column("disclosure_mode", "公开方式", help="、".join(MODES.values())),
    Column("publication_channels", "公开形式", help="如 网站、政府公报"),
    Column("disclosure_time_limit", "公开时限", help="如 长期公开"),
    Column("effective_date", "生效日期", aliases=("实施日期", "施行日期"), help="如 2023-04-01"),
    Column("validity_period", "有效期", aliases=("有效期限",), help="如 长期、5年，或截止日期 2028-03-15"),
    Column("validity", "有效性", aliases=("效力状况", "时效", "时效性"), help="、".join(VALIDITIES.values())),
    Column("repealed_date", "废止日期", aliases=("废止时间",), help="有效性为废止的填写，如 2024-06-01"),
    Column("source_url", "网址", aliases=("原文链接", "原网址", "链接", "页面地址", "URL"), help="原网页的完整地址"),
    Column(
        "external_id", "外部编号", aliases=("原系统编号", "信息编号", "信息ID"), help="原系统中的编号，用于识别重复导入"
    ),
    Column("responsible_unit", "责任科室", aliases=("责任部门", "责任处室"), help="如 办公室"),
    Column("is_reprint", "是否转载", aliases=("转载",), help="是或否"),
    Column("attachments", "附件", aliases=("附件名称",), help="附件的文件名，多个用分号或顿号分开；文件另行打包上传"),
)
COLUMNS: dict[str, Sequence[Column]] = {
    "drafts": (_UNIT, _COLUMN, _TITLE, *_COMMON),
    "migration": (_UNIT, _COLUMN, _TITLE, _PUBLISHED, *_COMMON),
}
TITLES = {column.key: column.title for column in COLUMNS["migration"]}
PAGE_LABELS = frozenset(
    {
        "index_number", "publication_channels", "document_number", "disclosure_time_limit", "issuing_agency",
        "formed_date", "published_at", "disclosure_mode", "effective_date", "validity_period", "validity",
        "repealed_date", "subject_class", "genre_class", "summary", "attachments",
    }
)  # fmt: skip
"""Columns that a page's metadata table showed: a migrated item keeps their labels and values as found."""
EMPTY_LABELS = PAGE_LABELS & {
    "document_number", "publication_channels", "disclosure_time_limit", "issuing_agency", "formed_date",
}  # fmt: skip
"""Labels of the official table, which pages showed also without a value （文号：）."""

_EXAMPLE = {
    "column": "公示公告",
    "title": "关于2023年度社会救助资金使用情况的公告",
    "published_at": "2023-03-23 09:30",
    "document_number": "云民发〔2023〕5号",
    "issuing_agency": "云岭州民政局",
    "formed_date": "2023-03-16",
    "summary": "公布2023年度社会救助资金的安排、发放和结余情况。",
    "body": "现将2023年度社会救助资金使用情况公告如下。",
    "subject_class": "民政、扶贫、救灾",
    "genre_class": "公告",
    "disclosure_mode": "主动公开",
    "validity_period": "长期",
    "validity": "有效",
    "source_url": "https://www.example.gov.cn/art/2023/3/23/art_1_1001.html",
    "external_id": "1001",
    "responsible_unit": "社会救助科",
    "is_reprint": "否",
}


def template(kind: str) -> bytes:
    """The workbook to fill in (.xlsx): headers with one example, and a sheet that explains each column."""
    columns = COLUMNS[kind]
    headers = [column.title for column in columns]
    example = [_EXAMPLE.get(column.key, "") for column in columns]
    explained = [(column.title, "必填" if column.required else "选填", column.help) for column in columns]
    return write_xlsx(
        [Sheet("导入数据", headers, [example]), Sheet("填写说明", ("栏目", "是否必填", "说明"), explained)]
    )
