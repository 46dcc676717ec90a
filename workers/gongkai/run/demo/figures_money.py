"""Tables of money with the sums that their sentences quote."""

from collections.abc import Sequence

from gongkai.run.demo.days import month_start
from gongkai.run.demo.words import Words, lists


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an HTML table with a header row."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def yuan(cents: int) -> str:
    """Return hundredths of the unit with two decimals, so that sums of parts hold to the last digit."""
    return f"{cents // 100}.{cents % 100:02d}"


def split(words: Words, total: int, parts: int) -> list[int]:
    """Return `parts` positive whole numbers that add up to `total`."""
    weights = [words.rng.uniform(0.4, 1.6) for _ in range(parts)]
    shares = [max(1, int(total * weight / sum(weights))) for weight in weights[:-1]]
    return [*shares, total - sum(shares)]


def _scale(words: Words) -> int:
    """Return a plausible yearly budget of the unit in hundredths of 万元."""
    sizes = {"prefecture_government": 9_000_000, "county_government": 3_000_000, "bureau": 160_000}
    return int(sizes.get(words.unit.tenant_type, 90_000) * words.rng.uniform(0.6, 1.7))


def _change(words: Words, total: int, last: int) -> dict[str, str]:
    """Return the change against last year and a reason that fits its direction."""
    more = total >= last
    verbs, reasons = (("增加", "增长"), "reason_more") if more else (("减少", "下降"), "reason_less")
    gap = abs(total - last)
    return {
        "change": f"{verbs[0]}{yuan(gap)}万元，{verbs[1]}{gap / last * 100:.2f}%",
        "reason": words.rng.choice(lists()[reasons]),
    }


def _sangong(words: Words) -> tuple[int, int]:
    meals = words.rng.randint(30, 900)
    return meals, words.rng.randint(150, 2_600)


def budget(words: Words) -> dict[str, str]:
    """Return a table of income and spending that balance, and the 三公 sums."""
    total = _scale(words)
    part1, part2 = split(words, total, 2)
    staff, office = split(words, part1, 2)
    meals, cars = _sangong(words)
    rows = [
        ("一、本年收入", yuan(total), "一、基本支出", yuan(part1)),
        ("　一般公共预算拨款", yuan(part1), "　人员经费", yuan(staff)),
        ("　其他收入和上级补助", yuan(part2), "　日常公用经费", yuan(office)),
        ("", "", "二、项目支出", yuan(part2)),
        ("收入总计", yuan(total), "支出总计", yuan(total)),
    ]
    return {
        "total": yuan(total),
        "part1": yuan(part1),
        "part2": yuan(part2),
        "sg": yuan(meals + cars),
        "sg1": yuan(meals),
        "sg2": yuan(cars),
        **_change(words, total, int(total / words.rng.uniform(0.9, 1.15))),
        "table": table(("收入项目", "金额（万元）", "支出项目", "金额（万元）"), rows),
    }


def sangong(words: Words) -> dict[str, str]:
    """Return the table of the three public expenses and its sum."""
    meals, cars = _sangong(words)
    before = [int(value * words.rng.uniform(0.95, 1.3)) for value in (meals, cars)]
    rows = [
        ("因公出国（境）费", "0.00", "0.00"),
        ("公务接待费", yuan(before[0]), yuan(meals)),
        ("公务用车购置及运行维护费", yuan(before[1]), yuan(cars)),
        ("合计", yuan(sum(before)), yuan(meals + cars)),
    ]
    return {
        "sg": yuan(meals + cars),
        **_change(words, meals + cars, sum(before)),
        "table": table(("项目", "上年（万元）", "本年（万元）"), rows),
    }


_CHARGES = {
    "zrzyj": ("不动产登记费", "住宅80元/件，非住宅550元/件", "发改价格规〔2016〕2559号"),
    "zjj": ("城镇垃圾处理费", "居民每户每月5元", "地方定价目录"),
    "rsj": ("考试考务费", "每人每科50元", "地方定价目录"),
    "swj": ("水土保持补偿费", "按占地面积每平方米1元", "财综〔2014〕8号"),
    "scjgj": ("特种设备检验检测费", "按设备类别计收", "地方定价目录"),
    "jytyj": ("高中阶段学校学费和住宿费", "按学校等级和住宿条件计收", "地方定价目录"),
    "wjj": ("医疗事故鉴定费", "每例按实际鉴定级别计收", "地方定价目录"),
}


def charges(words: Words) -> dict[str, str]:
    """Return the administrative charges of the body, for a government those of its bureaus."""
    own = _CHARGES.get(words.body.key)
    chosen = [own] if own else list(_CHARGES.values())
    rows = [(str(i), *item, "缴入国库") for i, item in enumerate(chosen, 1)]
    return {"table": table(("序号", "收费项目", "收费标准", "政策依据", "资金管理方式"), rows)}


def procurement(words: Words) -> dict[str, str]:
    """Return the table of a purchase: budget, limit price, packages, performance period."""
    price = words.rng.randint(8, 380)
    rows = [
        ("预算金额", f"{price}.00万元"),
        ("最高限价", f"{price - words.rng.randint(0, 2)}.00万元"),
        ("采购需求", f"{words['goods']}，具体内容和技术要求详见采购文件"),
        ("合同履行期限", f"自合同签订之日起{words.rng.choice((30, 60, 90, 180, 365))}日内"),
    ]
    return {"table": table(("事项", "内容"), rows)}


def award(words: Words) -> dict[str, str]:
    """Return the table of a purchase that has been awarded."""
    price = words.rng.randint(800, 38_000)
    rows = [
        ("中标（成交）供应商", words.firm()),
        ("中标（成交）金额", f"{yuan(price)}万元"),
        ("主要标的", words["goods"]),
        ("评审得分", f"{words.rng.uniform(78, 97):.2f}分"),
    ]
    return {"table": table(("事项", "内容"), rows)}


def intentions(words: Words) -> dict[str, str]:
    """Return planned purchases with budget and expected month."""
    rows = []
    for goods in words.rng.sample(lists()["goods"], words.rng.randint(2, 5)):
        money = yuan(words.rng.randint(600, 42_000))
        month = month_start(words.formed, -words.rng.randint(1, 4))
        rows.append(
            (goods, "满足日常履职和公共服务需要，具体要求以采购文件为准", money, f"{month.year}年{month.month}月")
        )
    head = ("采购项目名称", "采购需求概况", "预算金额（万元）", "预计采购时间")
    return {"intention_count": str(len(rows)), "table": table(head, rows)}


def prices(words: Words) -> dict[str, str]:
    """Return the price table of a utility."""
    rows = []
    for name, measure, low, high in words.body.prices:
        rows.append((name, measure, f"{words.rng.uniform(float(low), float(high)):.2f}", "政府定价文件"))
    return {"price_count": str(len(rows)), "table": table(("项目", "计价单位", "标准（元）", "定价依据"), rows)}


def relief(words: Words) -> dict[str, str]:
    """Return relief standards, heads and sums, without any name."""
    kinds = (("城市最低生活保障", 720, 8), ("农村最低生活保障", 540, 50), ("特困人员救助供养", 980, 6))
    scale = 1 if words.unit.body == "township" else 16
    rows, heads, total = [], 0, 0
    for name, standard, usual in kinds:
        people = words.rng.randint(usual * 2, usual * 9) * scale
        amount = people * words.rng.randint(260, 420)
        heads, total = heads + people, total + amount
        rows.append((name, f"{standard + words['year'] % 10 * 12}元/人·月", str(people), str(amount)))
    rows.append(("合计", "", str(heads), str(total)))
    return {"table": table(("救助类别", "标准", "人数（人）", "金额（元）"), rows)}


def subsidy(words: Words) -> dict[str, str]:
    """Return a subsidy by village: area, standard, sum; the total holds to the yuan."""
    standard = words.rng.choice((15, 42, 68, 96, 120))
    rows, area_total = [], 0
    for village in words.rng.sample(lists()["village"], words.rng.randint(5, 9)):
        area = words.rng.randint(120, 2_400)
        area_total += area
        rows.append((village, str(area), str(standard), str(area * standard)))
    rows.append(("合计", str(area_total), "", str(area_total * standard)))
    return {
        "subsidy_total": str(area_total * standard),
        "table": table(("村（社区）", "面积（亩）", "标准（元/亩）", "金额（元）"), rows),
    }


def projects(words: Words) -> dict[str, str]:
    """Return major projects with investment and progress."""
    rows, total = [], 0
    for name in words.rng.sample(lists()["project"], words.rng.randint(4, 8)):
        invest = words.rng.randint(30, 1_800)
        total += invest
        done = words.rng.randint(12, 98)
        rows.append(
            (words["place"] + name, yuan(invest), f"{done}%", words.rng.choice(("主体施工", "基础施工", "收尾")))
        )
    return {
        "project_count": str(len(rows)),
        "invest": yuan(total),
        "table": table(("项目名称", "总投资（亿元）", "完成比例", "形象进度"), rows),
    }


def lots(words: Words) -> dict[str, str]:
    """Return the table of a land or works transaction."""
    rows = []
    for _ in range(words.rng.randint(1, 3)):
        lot = f"{words.unit.code[:2].upper()}-{words.formed.year}-{words.rng.randint(11, 989):03d}"
        area = words.rng.randint(1_200, 46_000)
        use = words.rng.choice(("工业用地", "商服用地", "住宅用地", "公共管理与公共服务用地", "工程施工标段"))
        rows.append((lot, use, str(area), f"{area * words.rng.randint(160, 1_300) // 10_000}"))
    return {"table": table(("编号", "用途（类别）", "面积（平方米）", "起始价（万元）"), rows)}


def works(words: Words) -> dict[str, str]:
    """Return small irrigation works of a township with investment and keeper."""
    rows = []
    single = "{village}" in words["title"]
    villages = [words["village"]] if single else words.rng.sample(lists()["village"], words.rng.randint(3, 6))
    for village in villages:
        what = words.rng.choice(("渠道衬砌", "山塘清淤加固", "提灌站维修", "拦水坝修复"))
        money = yuan(words.rng.randint(300, 6_800))
        state = words.rng.choice(("已完工", "在建", "已验收"))
        rows.append((village, what, money, state, f"{village}村民委员会"))
    return {"table": table(("位置", "建设内容", "投资（万元）", "进度", "管护主体"), rows)}
