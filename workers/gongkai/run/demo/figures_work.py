"""Tables of work done: permits, penalties, inspections, statistics, organisation, posts."""

from gongkai.run.demo.days import workdays_before
from gongkai.run.demo.figures_money import split, table
from gongkai.run.demo.words import Words, lists, office_name


def permits(words: Words) -> dict[str, str]:
    """Return permit decisions: holder (enterprises only), number, date, validity."""
    rows = []
    permit = words["permit"]
    first = words.rng.randint(1, 180)
    for i in range(words.rng.randint(2, 7)):
        holder = words["org"] if i == 0 else words.firm()
        number = f"{words.unit.mark}许〔{words.formed.year}〕{first + i}号"
        day = workdays_before(words.formed, words.rng.randint(0, 3))
        rows.append((holder, number, permit, day.isoformat(), words.rng.choice(("3年", "5年", "长期"))))
    return {"table": table(("行政相对人名称", "许可决定文书号", "许可事项", "决定日期", "有效期"), rows)}


def penalty(words: Words) -> dict[str, str]:
    """Return the decision of one penalty case."""
    case = words["case"]
    fine = words.rng.choice((500, 1_000, 2_000, 3_000, 5_000, 8_000, 12_000, 20_000, 50_000))
    extra = words.rng.choice(("警告", "没收违法所得", "责令改正"))
    rows = [(words["org"], case, words["law"], f"{extra}；罚款{fine}元", words.formed.isoformat())]
    return {"table": table(("当事人", "违法事实", "处罚依据", "处罚内容", "决定日期"), rows)}


def inspection(words: Words) -> dict[str, str]:
    """Return results of a random inspection by enterprise."""
    results = ("未发现问题", "未发现问题", "未发现问题", "发现问题已责令改正", "不配合检查情节严重", "未按规定公示信息")
    check, count = words["check"], words.rng.randint(5, 12)
    rows = [(str(i), words.firm(), check, words.rng.choice(results)) for i in range(1, count + 1)]
    return {"checked": str(count), "table": table(("序号", "检查对象", "检查事项", "检查结果"), rows)}


def stats(words: Words) -> dict[str, str]:
    """Return the unit's indicators with cumulated value and change on the year, all of one size of place."""
    rows = []
    size = words.rng.random()
    for name, measure, low, high in words.body.stats:
        share = min(1.0, max(0.0, size + words.rng.uniform(-0.05, 0.05)))
        amount = float(low) + (float(high) - float(low)) * share
        shown = f"{amount:.0f}" if float(high) > 100 and measure != "亿元" else f"{amount:.2f}"
        change = words.rng.uniform(-6, 14)
        rows.append((name, measure, shown, f"{change:+.1f}".replace("-", "−")))
    first = rows[0]
    value, change_text = first[2] + first[1], first[3]
    verb = "下降" if change_text.startswith("−") else "增长"
    return {
        "stat": first[0],
        "stat_value": value,
        "stat_change": f"{verb}{change_text[1:]}%",
        "table": table(("指标", "计量单位", "累计", "同比（%）"), rows),
    }


def repealed(words: Words) -> dict[str, str]:
    """Return earlier normative documents that are repealed or have lapsed, with their old numbers."""
    rows = []
    count = min(len(words.body.norms), words.rng.randint(2, 5))
    for i, norm in enumerate(words.rng.sample(words.body.norms, count), 1):
        year = words.rng.randint(2009, 2019)
        number = f"{words.unit.mark}发〔{year}〕{words.rng.randint(3, 120)}号"
        rows.append((str(i), f"{words['place']}{norm}", number, words.rng.choice(("废止", "失效"))))
    return {"repeal_count": str(count), "table": table(("序号", "文件名称", "文号", "清理结果"), rows)}


def offices(words: Words) -> dict[str, str]:
    """Return the inner offices with a duty and the number of the unit's switchboard."""
    rows = []
    for i, name in enumerate(words.body.offices, 1):
        duty = words.body.topics[(i - 1) % len(words.body.topics)]
        text = "文电、会务、机要、档案、信息公开等日常工作" if i == 1 else f"{duty[0]}等工作，{duty[1]}"
        rows.append((office_name(words.unit, name), f"负责{text}", words.unit.phone))
    return {"office_count": str(len(rows)), "table": table(("机构名称", "主要职责", "联系电话"), rows)}


def leaders(words: Words) -> dict[str, str]:
    """Return posts and what they are in charge of; persons are not named."""
    kind = words.unit.tenant_type
    town = words.unit.short_name[-1]
    head = words.unit.place[-1]
    heads = {
        "prefecture_government": ("州长", "常务副州长", "副州长", "秘书长"),
        "county_government": (f"{head}长", f"常务副{head}长", f"副{head}长", "政府办公室主任"),
        "township": (f"{town}长", "人大主席", f"副{town}长", "武装部部长"),
        "subdistrict_office": ("办事处主任", "人大工委主任", "办事处副主任", "武装部部长"),
        "development_zone": ("管委会主任", "管委会副主任", "管委会副主任", "总工程师"),
    }.get(kind, ("局长", "副局长", "副局长", "总工程师"))
    if words.unit.short_name.endswith("委员会") and kind == "bureau":
        heads = ("主任", "副主任", "副主任", "二级调研员")
    topics = words.rng.sample(words.body.topics, len(words.body.topics))
    rows = [(heads[0], "主持行政全面工作，负责财政、审计、机构编制工作")]
    for i, post in enumerate(heads[1:]):
        rows.append((post, f"负责{topics[i % len(topics)][0]}、{topics[(i + 1) % len(topics)][0]}等工作"))
    return {"table": table(("职务", "分管工作"), rows)}


def appointments(words: Words) -> dict[str, str]:
    """Return posts filled and vacated by number."""
    rows = []
    for office in words.rng.sample(words.body.offices, min(4, len(words.body.offices))):
        name = office_name(words.unit, office)
        kind, count = words.rng.choice(("任职", "免职", "试用期满正式任职")), words.rng.randint(1, 2)
        rows.append((name, words.rng.choice(("主要负责人", "副职", "四级主任科员")), kind, str(count)))
    return {"table": table(("机构", "职务", "任免类别", "人数"), rows)}


def posts(words: Words) -> dict[str, str]:
    """Return vacancies: post, number, degree, field of study."""
    rows, total = [], 0
    chosen = words.rng.sample(lists()["post"], words.rng.randint(2, 5))
    for i, post in enumerate(chosen, 1):
        count = words.rng.randint(1, 4)
        total += count
        code = f"{words.formed.year % 100}{i:02d}"
        rows.append((code, post, str(count), words.rng.choice(lists()["degree"]), words.rng.choice(lists()["major"])))
    return {
        "post_count": str(len(rows)),
        "post_total": str(total),
        "table": table(("岗位代码", "岗位名称", "招聘人数", "学历要求", "专业要求"), rows),
    }


def tasks(words: Words) -> dict[str, str]:
    """Return tasks of the work report with lead department and time limit."""
    topics = words.rng.sample(words.body.topics, 6)
    rows = [(str(i), topic[0], topic[1], f"{words['year']}年12月底") for i, topic in enumerate(topics, 1)]
    return {"table": table(("序号", "任务", "主要措施", "完成时限"), rows)}


def decisions(words: Words) -> dict[str, str]:
    """Return the yearly list of major decisions with department and time limit."""
    rows = []
    for i, norm in enumerate(words.rng.sample(words.body.norms, words.rng.randint(3, 5)), 1):
        office = words.rng.choice(("发展改革部门", "住房城乡建设部门", "自然资源部门", "司法行政部门", "民政部门"))
        rows.append(
            (str(i), f"制定《{words['place']}{norm}》", office, f"{words['year']}年{words.rng.randint(6, 12)}月")
        )
    return {"table": table(("序号", "决策事项", "承办单位", "计划完成时间"), rows)}


def proposals(words: Words) -> dict[str, str]:
    """Return proposals handled by source and result, with totals that add up."""
    counts = [[words.rng.randint(2, 30), words.rng.randint(0, 9), words.rng.randint(0, 3)] for _ in range(2)]
    counts.append([sum(column) for column in zip(*counts, strict=True)])
    rows = [
        (source, str(sum(parts)), *(str(part) for part in parts))
        for source, parts in zip(("人大代表建议", "政协提案", "合计"), counts, strict=True)
    ]
    head = ("来源", "承办件数", "已经解决（A类）", "正在解决（B类）", "留作参考（C类）")
    return {"proposal_total": str(sum(counts[-1])), "table": table(head, rows)}


def land(words: Words) -> dict[str, str]:
    """Return land to be taken by village and kind, with a total."""
    rows, total = [], 0
    for village in words.rng.sample(lists()["village"], words.rng.randint(1, 3)):
        area = words.rng.randint(30, 2_600)
        total += area
        rows.append((village, f"{area / 100:.2f}", words.rng.choice(("旱地、园地", "水田、旱地", "林地", "建设用地"))))
    rows.append(("合计", f"{total / 100:.2f}", ""))
    return {"table": table(("被征收单位", "面积（公顷）", "地类"), rows)}


def powers(words: Words) -> dict[str, str]:
    """Return the number of powers by kind and how many changed."""
    kinds = ("行政许可", "行政处罚", "行政强制", "行政检查", "行政确认", "行政奖励", "其他行政权力")
    rows, total = [], 0
    for kind, count in zip(kinds, split(words, words.rng.randint(1_800, 4_600), len(kinds)), strict=True):
        total += count
        rows.append((kind, str(count), str(words.rng.randint(0, 9)), str(words.rng.randint(0, 9))))
    added, dropped = (str(sum(int(row[i]) for row in rows)) for i in (2, 3))
    rows.append(("合计", str(total), added, dropped))
    return {"table": table(("类别", "事项数（项）", "新增（项）", "取消（项）"), rows)}


def quality(words: Words) -> dict[str, str]:
    """Return measured quality within its limits."""
    rows = []
    for name, measure, low, high, limit in words.body.quality:
        value = words.rng.uniform(float(low), float(high))
        shown = f"{value:.0f}" if float(high) == int(float(high)) and float(high) < 10 else f"{value:.2f}"
        rows.append((name, measure, shown, limit))
    return {"table": table(("项目", "单位", "本月结果", "标准（目标）"), rows)}


def report(words: Words) -> dict[str, str]:
    """Return the yearly report's figures, whose parts add up: received + carried = results + left."""
    published = words.rng.randint(12, 60)
    received, carried = words.rng.randint(0, 9), words.rng.randint(0, 2)
    granted, partly, refused, left = split(words, received + carried + 4, 4)
    granted, partly, refused, left = granted - 1, partly - 1, refused - 1, left - 1
    rows = [
        ("第二十条第（一）项", "规章", "0", "0"),
        ("第二十条第（一）项", "行政规范性文件", str(words.rng.randint(0, 4)), str(words.rng.randint(0, 2))),
        ("第二十条第（五）项", "行政许可", str(words.rng.randint(0, 300)), "—"),
        ("第二十条第（六）项", "行政处罚", str(words.rng.randint(0, 120)), "—"),
        ("第二十条第（八）项", "行政事业性收费", f"{words.rng.uniform(0, 90):.2f}万元", "—"),
    ]
    return {
        "published": str(published),
        "key_count": str(words.rng.randint(3, published // 2)),
        "received": str(received),
        "carried": str(carried),
        "granted": str(granted),
        "partly": str(partly),
        "refused": str(refused),
        "left": str(left),
        "table": table(("条款", "信息内容", "本年数量", "现行有效/废止"), rows),
    }
