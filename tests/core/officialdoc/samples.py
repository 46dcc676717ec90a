"""A circular as the prefecture's office issues it, shared by the tests of this package."""

from datetime import date

from gongkai.core.officialdoc.model import (
    Annex,
    Column,
    Heading,
    OfficialDocument,
    Run,
    Table,
    paragraph,
)

UNIT_URL = "https://gk.example.gov.cn/units/gongdian?period=2023-03&view=findings"

TABLE_1 = Table(
    "表1　各类单位3月份信息发布情况",
    (
        Column("类别", 20),
        *(Column(title, 12, "right") for title in ("单位数", "发布数", "环比", "重点领域")),
        *(Column(title, 12, "right") for title in ("完成任务", "未完成", "空白月")),
    ),
    (
        ("县（市、区）", "8", "412", "+35", "120", "7", "1", "0"),
        ("市直单位", "46", "538", "-12", "143", "41", "5", "1"),
        ("乡镇（街道）", "63", "497", "+8", "88", "60", "3", "0"),
        ("公共企事业单位", "12", "64", "+4", "22", "11", "1", "1"),
        ("合计", "129", "1511", "+35", "373", "119", "10", "2"),
    ),
)

ANNEX_1 = Annex(
    "各单位3月份信息发布情况表",
    (
        Table(
            None,
            (
                Column("序号", 9, "center"),
                Column("单位", 20),
                *(Column(title, 11, "right") for title in ("月度任务", "本月发布", "完成率", "重点领域")),
                *(Column(title, 11, "right") for title in ("上月发布", "连续空白月")),
                Column("备注", 14),
            ),
            tuple(
                (str(n), f"第{n}单位", "9", str(n % 12), f"{n % 12 / 9:.1%}", "2", "8", "0", "") for n in range(1, 41)
            ),
        ),
    ),
)

ANNEX_2 = Annex(
    "问题清单",
    (
        Table(
            None,
            (
                Column("序号", 9, "center"),
                Column("责任单位", 16),
                Column("问题类别", 16),
                Column("具体表现", 50),
                Column("依据", 30),
                Column("整改时限", 16, "center"),
            ),
            tuple(
                (
                    str(n),
                    Run(f"市第{n}局", f"https://gk.example.gov.cn/findings/{n}"),
                    "栏目不更新",
                    f"“财政预决算”栏目自2022年{n % 12 + 1}月起未更新\nhttps://gk.example.gov.cn/c/{n}",
                    "《政府网站与政务新媒体检查指标》",
                    "2023-04-28",
                )
                for n in range(1, 31)
            ),
        ),
    ),
    landscape=True,
)

CIRCULAR = OfficialDocument(
    agency_banner="临江市人民政府办公室文件",
    document_number="临政办函〔2023〕21号",
    title="关于2023年3月份全市政府信息公开工作情况的通报",
    main_addressees="各县（市、区）人民政府，市政府各部门、各直属机构，有关公共企事业单位",
    blocks=(
        paragraph("现将3月份全市政府信息公开工作情况通报如下（统计时段为3月1日至31日，数据锁定时间为4月1日9时）。"),
        Heading(1, "总体情况"),
        paragraph(
            "3月份，纳入统计的129家单位共发布政府信息1511条，环比增加35条；其中重点领域信息373条，占24.7%。"
            "完成月度任务的119家，占92.2%（119/129）；未完成的10家，其中本月未发布信息的2家。"
            "上期通报问题到期应销号18项，已销号15项，销号率83.3%（15/18）。"
            "新收政府信息公开申请26件，到期应答复19件，逾期1件。各类单位情况见表1。"
        ),
        TABLE_1,
        Heading(1, "工作较好的单位"),
        paragraph("市直单位：发展改革委、财政局、生态环境局；乡镇（街道）：江东街道、柳河镇。"),
        Heading(1, "存在的主要问题"),
        Heading(2, "空白月仍未消除"),
        paragraph(Run("供电公司", UNIT_URL), "本月未发布信息，已连续2个月空白。"),
        Heading(2, "“整改不实”仍有发生"),
        paragraph("仅处理通知所列栏目、未全面排查的：统计局。反馈已整改、经复查仍存在问题的：教育局、交通运输局。"),
        Heading(1, "下一步工作要求"),
        Heading(3, "按期整改"),
        paragraph(
            "请附件2所列单位于4月28日前逐项整改，通过平台反馈并附网页链接；5月4日起逐项复查。"
            "联系人：王明，联系电话：0000—1234567。"
        ),
        Heading(4, "复查安排"),
        paragraph("复查结果列入下期通报。"),
    ),
    attachment_note=("各单位3月份信息发布情况表", "问题清单"),
    signature_agency="临江市人民政府办公室",
    formed_date=date(2023, 4, 3),
    disclosure_note="此件公开发布",
    copied_to="市委办公室，市人大常委会办公室，市政协办公室，市监委，市中级人民法院，市人民检察院",
    printed_by="临江市人民政府办公室",
    printed_date=date(2023, 4, 4),
    annexes=(ANNEX_1, ANNEX_2),
)
