"""What the product lets an office ask of townships and sub-districts again and again: data (`regulation.md` 11)."""

from dataclasses import dataclass
from typing import Literal

from gongkai.tenancy.kinds import TenantType

GRASS_ROOTS = (TenantType.TOWNSHIP, TenantType.SUBDISTRICT_OFFICE)
"""Villages and communities are asked for nothing at all."""
Basis = Literal["law", "superior", "own"]
BASIS_LABELS: dict[Basis, str] = {"law": "法定", "superior": "上级规定", "own": "本机关工作要求"}


@dataclass(frozen=True, slots=True)
class Demand:
    """A recurring demand.

    Attributes:
        counted: key of `queries.asked_in`, empty where it is not made one by one.
        endpoint: page on which the office makes or sets it, empty where it cannot.
    """

    title: str
    often: str
    nature: Basis
    basis: str
    counted: str = ""
    endpoint: str = ""


DEMANDS = (
    Demand("月度发布任务", "每月", "own", "本机关设定，可以改为不设", "", "supervision_rules.rules"),
    Demand("栏目按更新周期更新", "按栏目登记的周期", "superior", "国办秘函〔2019〕19号", "", "rule_catalogue.index"),
    Demand("问题整改和反馈", "发现问题时", "law", "《条例》第四十六条、第四十七条", "findings", "supervision.findings"),
    Demand("工作提示单回复", "印发时", "own", "本机关印发", "slips", "slips.index"),
    Demand("上级任务办结", "布置时", "own", "本机关布置", "assignments", "assignments.index"),
    Demand("参加培训", "举办时", "law", "《条例》第四十八条", "trainings", "training.index"),
    Demand("通报核实和阅知", "每期通报一次，未点名的没有", "own", "本机关编制通报", "sheets", "circulars.index"),
    Demand("政府信息清单送交查阅场所", "每月，可作零报告", "law", "《条例》第二十五条", "transfers", "transfers.index"),
    Demand("不予公开信息评估", "每年", "law", "《条例》第十八条"),
    Demand("公开指南和目录核对", "每年，机构信息变更时", "law", "《条例》第十二条"),
    Demand("年度报告", "每年一次", "law", "《条例》第四十九条", "reports", "reports_due.index"),
)
