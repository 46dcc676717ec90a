"""The words of one item: placeholders of the templates, drawn once and then kept, or drawn anew at each use.

`{topic}`, `{org}`, `{norm}` … are chosen once per item; `{n:3-9}`, `{d:1-9}` (two decimals), `{soon:3-9}`,
`{ago:3-9}` (days after or before the document's date) and `{any:pool}` are drawn at each use.
"""

import random
import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

from gongkai.run.demo.days import is_workday, month_start, workdays_after
from gongkai.run.demo.places import Body, bodies, read_toml
from gongkai.run.demo.units import UnitRow

_DOUBLED = re.compile("(服务|工作|管理|公开|检查|监督|活动|专项行动|整治)\\1")
_SEASONS = (
    "冬季",
    "春节前后",
    "春季",
    "春季",
    "汛期",
    "汛期",
    "夏季",
    "暑期",
    "秋季",
    "国庆期间",
    "秋冬季",
    "岁末年初",
)
_QUARTERS = "一二三四"
_SESSION_DAYS = (6, 20)
_STOPS = {
    "water": ("停水", ("供水管道改迁施工", "阀门更换作业", "爆管抢修", "加压泵站检修")),
    "power": ("停电", ("10千伏线路检修", "配电变压器增容", "线路迁改工程施工", "配网设备故障抢修")),
    "gas": ("停气", ("中压管道碰口作业", "老旧管道更新改造", "调压设备检修")),
    "public_transport": ("公交线路临时调整", ("道路封闭施工", "大型活动交通管制", "桥梁维修加固")),
}
_QUALITY = {
    "water": "出厂水和管网水水质检测结果",
    "power": "供电可靠性和电压质量信息",
    "gas": "供气安全服务质量信息",
    "public_transport": "公共汽车运营服务质量信息",
    "health": "医疗质量和服务指标",
    "education": "校园安全和办学质量信息",
}


def chinese_date(day: date) -> str:
    """Return a date as prose has it: 2024年3月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


@cache
def lists() -> dict[str, Any]:
    """Return the word lists by name, and under `trade_for` the trades by word of the matter."""
    return read_toml("lists.toml")


@cache
def pools() -> dict[str, list[str]]:
    """Return the common sentences by pool."""
    return read_toml("pools.toml")


class _Draw:
    """A placeholder with an argument: formatting it draws a fresh value from the argument."""

    def __init__(self, draw: Callable[[str], str]) -> None:
        self._draw = draw

    def __format__(self, spec: str) -> str:
        return self._draw(spec)


class Words(dict[str, Any]):
    """Placeholders of one item for `str.format_map`; a missing one is drawn and kept.

    Raises `KeyError` for a placeholder that nothing defines, so that a misspelt template fails its test.
    """

    def __init__(self, unit: UnitRow, body: Body, rng: random.Random, formed: date) -> None:
        super().__init__(_fixed(unit, formed))
        self.unit, self.body, self.rng, self.formed = unit, body, rng, formed
        self["n"] = _Draw(self._whole)
        self["d"] = _Draw(self._decimal)
        self["soon"] = _Draw(lambda spec: chinese_date(_open(formed, int(self._whole(spec)))))
        self["ago"] = _Draw(lambda spec: chinese_date(_open(formed, -int(self._whole(spec)))))
        self["any"] = _Draw(lambda spec: self.fill(rng.choice(pools()[spec])))

    def __missing__(self, key: str) -> Any:
        if key in lists():
            value: Any = self.rng.choice(lists()[key])
        elif key in _DRAWS:
            value = _DRAWS[key](self)
        else:
            self._draw_group(key)
            return super().__getitem__(key)
        self[key] = value
        return value

    def _draw_group(self, key: str) -> None:
        """Draw the placeholders that belong together: a topic and its points, a case and its law."""
        if key in ("topic", "p1", "p2", "p3"):
            self["topic"], self["p1"], self["p2"], self["p3"] = self.rng.choice(self.body.topics)
        elif key in ("case", "law"):
            self["case"], self["law"] = self.rng.choice(self.body.cases)
        elif key in ("check", "target"):
            self["check"], self["target"] = self.rng.choice(self.body.checks)
        elif key in ("stop", "stop_why"):
            self["stop"], reasons = _STOPS[self.body.key]
            self["stop_why"] = self.rng.choice(reasons)
        else:
            raise KeyError(key)

    def fill(self, text: str) -> str:
        """Return `text` with its placeholders replaced; a word that ends one and begins the next stands once."""
        return _DOUBLED.sub(r"\1", text.format_map(self))

    def firm(self) -> str:
        """Return the name of an invented enterprise of this place."""
        place = self.unit.place
        root = place[:-1] if self.rng.random() < 0.5 else place
        return f"{root}{self.rng.choice(lists()['brand'])}{self.rng.choice(self._trades())}"

    def _trades(self) -> list[str]:
        """Return trades that suit the permit, offence or inspection of this item, else those the body deals with."""
        matter = next((str(self[key]) for key in ("permit", "case", "check") if key in self), "")
        fitting: list[str] | None = next(
            (trades for word, trades in lists()["trade_for"].items() if word in matter), None
        )
        return fitting or lists().get(f"trade_{self.body.key}") or lists()["trade"]

    def _whole(self, spec: str) -> str:
        low, high = spec.split("-")
        return str(self.rng.randint(int(low), int(high)))

    def _decimal(self, spec: str) -> str:
        low, high = spec.split("-")
        return f"{self.rng.uniform(float(low), float(high)):.2f}"


_DRAWS: dict[str, Callable[[Words], str]] = {
    "org": lambda w: w.firm(),
    "norm": lambda w: w.rng.choice(w.body.norms),
    "matter": lambda w: _matter(w["norm"]),
    "permit": lambda w: w.rng.choice(w.body.permits),
    "service": lambda w: w.rng.choice(w.body.services),
    "office": lambda w: office_name(w.unit, w.rng.choice(w.body.offices)),
    "lot": lambda w: f"{w.unit.code[:2].upper()}-{w.formed.year}-{w.rng.randint(11, 989):03d}",
    "case_no": lambda w: f"{w.unit.mark}罚〔{w.formed.year}〕{w.rng.randint(2, 260)}号",
    "reserve": lambda w: w.rng.choice(("", "不")),
    "rules": lambda w: "、".join(w.body.rules),
    "facts": lambda w: w.body.facts,
    "quality_name": lambda w: _QUALITY[w.body.key],
    "meeting": lambda w: _meeting(w.unit),
}


def office_name(unit: UnitRow, name: str) -> str:
    """Return an inner office as its level calls it: 科 in the prefecture, 股 in county bureaus."""
    if unit.level == "county" and unit.tenant_type == "bureau" and name.endswith("科"):
        return name[:-1] + "股"
    return name


def _fixed(unit: UnitRow, formed: date) -> dict[str, Any]:
    before = month_start(formed, 1)
    quarter = month_start(formed, (formed.month - 1) % 3 + 3)
    effective = month_start(formed, -1)
    session, held = _last_session(formed)
    base = formed.year
    return {
        "unit": unit.official_name,
        "short": unit.short_name,
        "short_or": unit.short_name if unit.tenant_type == "bureau" else "",
        "place": _place(unit),
        "area": _area(unit),
        "we": _self_reference(unit),
        "up": _superior(unit),
        "to": _addressees(unit),
        "contact_office": unit.office_name.removeprefix(unit.official_name),
        "address": unit.address,
        "hours": unit.hours,
        "phone": unit.phone,
        "email": unit.email,
        "uscc": unit.uscc,
        "year": base,
        "py": base - 1,
        "year2": base + 2,
        "month": formed.month,
        "pm": f"{before.year}年{before.month}月",
        "pq": f"{quarter.year}年第{_QUARTERS[(quarter.month - 1) // 3]}季度",
        "day": chinese_date(formed),
        "effect": chinese_date(effective),
        "season": _SEASONS[formed.month - 1],
        "session": session,
        "held": chinese_date(held),
        "notice_from": chinese_date(workdays_after(formed, 1)),
        "notice_to": chinese_date(workdays_after(formed, 5)),
        "jie": 9 + (base - 2022) // 5,
        "ci": (base - 2022) % 5 + 1,
    }


def _open(day: date, offset: int) -> date:
    """Return the working day at or after (before, when `offset` is negative) `day` plus `offset` days."""
    day += timedelta(days=offset)
    step = timedelta(days=1 if offset > 0 else -1)
    while not is_workday(day):
        day += step
    return day


def _last_session(day: date) -> tuple[int, date]:
    """Return number and day of the last regular government meeting before `day`: two a month since 2022."""
    month = month_start(day) if day.day > _SESSION_DAYS[0] else month_start(day, 1)
    second = day.day > _SESSION_DAYS[1] or month != month_start(day)
    held = month.replace(day=_SESSION_DAYS[second])
    return (month.year - 2022) * 24 + month.month * 2 - 1 + second, _open(held, -1)


def _matter(norm: str) -> str:
    """Return what a normative document is about: its name without 管理办法, 实施细则 and the like."""
    for ending in ("实施细则", "实施办法", "管理办法", "管理规定", "工作办法", "细则", "办法", "规定", "规程"):
        if norm.endswith(ending):
            return norm.removesuffix(ending) + ("管理" if "管理" in ending else "")
    return norm


def _is_town(unit: UnitRow) -> bool:
    return unit.tenant_type in ("township", "subdistrict_office")


def _place(unit: UnitRow) -> str:
    if _is_town(unit):
        return unit.short_name
    return f"{unit.place}经开区" if unit.tenant_type == "development_zone" else unit.place


def _area(unit: UnitRow) -> str:
    if unit.tenant_type == "development_zone":
        return "全区"
    return "辖区" if unit.tenant_type == "subdistrict_office" else f"全{_place(unit)[-1]}"


def _self_reference(unit: UnitRow) -> str:
    if unit.sector:
        return {"health": "我院", "education": "我校"}.get(unit.sector, "我公司")
    if unit.tenant_type == "development_zone":
        return "管委会"
    if unit.tenant_type == "subdistrict_office":
        return "我街道"
    return f"我{unit.short_name[-1]}" if unit.tenant_type in ("bureau", "township") else f"我{unit.place[-1]}"


def _superior(unit: UnitRow) -> str:
    if unit.sector:
        return "行业主管部门"
    if unit.level == "prefecture":
        return "省委、省政府和州委、州政府" if unit.tenant_type == "bureau" else "省委、省政府"
    kind = unit.place[-1]
    if unit.tenant_type == "county_government":
        return "州委、州政府"
    return f"{kind}委、{kind}政府"


def _addressees(unit: UnitRow) -> str:
    kind = unit.place[-1]
    if unit.tenant_type == "prefecture_government":
        return "各县（市）人民政府，州经开区管委会，州级各部门，各直属机构："
    if unit.tenant_type == "county_government":
        return f"各乡镇人民政府、街道办事处，{kind}政府各部门、各直属机构："
    if _is_town(unit):
        return f"各村（社区），{unit.short_name[-1].replace('道', '街道')}属各站所，各有关单位："
    if unit.tenant_type == "development_zone":
        return "各局（室），各入园企业："
    if unit.level == "prefecture":
        name = bodies()[unit.body].county_name
        first = f"各县（市）{name}" if name else "各县（市）有关部门"
        return f"{first}，州经开区管委会，机关各科室、直属各单位："
    return f"各乡镇人民政府、街道办事处，{kind}级有关部门，局属各单位："


def _meeting(unit: UnitRow) -> str:
    if unit.tenant_type.endswith("_government"):
        return f"{unit.place}人民政府常务会议"
    if _is_town(unit):
        return "党政联席会议"
    return "委务会议" if unit.short_name.endswith("委员会") else "局务会议"
