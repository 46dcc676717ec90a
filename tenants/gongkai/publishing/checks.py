"""Checks at submission: each finding tells field, problem and remedy; it blocks, or warns until overridden."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from gongkai.catalog.code_lists import find_genre, find_subject_class, subject_candidates
from gongkai.core.calendar.instants import format_date
from gongkai.core.errors import Fault
from gongkai.core.text.document_numbers import check as check_number
from gongkai.core.text.personal_data import find_personal_data
from gongkai.publishing.consultations import consultation_faults
from gongkai.publishing.lifecycle.terms import is_term
from gongkai.publishing.links.agencies import CO_ISSUERS, names_in
from gongkai.publishing.schemas import FIELD_LABELS, ItemForm

DOCUMENT_COLUMNS = frozenset({"gfxwj", "qtwj", "gz"})
MUST_BE_INTERPRETED = frozenset({"gfxwj", "gz"})
REQUIRED = ("title", "issuing_agency", "formed_date", "summary", "responsible_unit")
REQUIRED_FOR_DOCUMENTS = ("subject_class", "genre_class")
SUMMARY_LIMIT = 100
SIMILAR = "similar"
"""Code of the finding that a text is nearly equal to one that is public."""
_SHOWN_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class CheckInput:
    """What the checks look at: the content, and what the database knows around it.

    Attributes:
        interpretation_gap: what the arrangement of a document's interpretation lacks (`links.plans`).
        other_agency: the other unit of the platform that issued it (`links.agencies`).
    """

    form: ItemForm
    template_code: str | None
    text: str
    attachment_names: Sequence[str]
    today: date
    publish_due_date: date | None
    duplicate_of: str | None = None
    similar_to: str | None = None
    number_used_by: str | None = None
    original_gone: bool = False
    large_erratum: str = ""
    interpretation_gap: str = ""
    other_agency: str = ""


Check = Callable[[CheckInput], Iterator[Fault]]


def _block(field: str, problem: str, remedy: str, code: str) -> Fault:
    return Fault(field, problem, remedy, "block", code)


def _warn(field: str, problem: str, remedy: str, code: str) -> Fault:
    return Fault(field, problem, remedy, "warn", code)


def missing_metadata(given: CheckInput) -> Iterator[Fault]:
    """R and C fields of `catalog.md` section 1 （条例 art. 12: 索引、名称、内容概述、生成日期）."""
    wanted = REQUIRED + (REQUIRED_FOR_DOCUMENTS if given.template_code in DOCUMENT_COLUMNS else ())
    for name in wanted:
        if not getattr(given.form, name):
            yield _block(name, f"缺少{FIELD_LABELS[name]}", f"请填写{FIELD_LABELS[name]}", "missing_metadata")
    if len(given.form.summary) > SUMMARY_LIMIT:
        problem = f"内容概述{len(given.form.summary)}字，超过{SUMMARY_LIMIT}字"
        yield _block("summary", problem, "请概括为一两句完整的话", "summary_too_long")
    if not given.form.secrecy_cleared:
        yield _block("secrecy_cleared", "未确认“非涉密”", "只有非涉密信息可以送审，请核实后勾选", "secrecy")
    if given.form.disclosure_mode != "proactive" and not given.form.withheld_reason:
        yield _block("withheld_reason", "未说明不主动公开的理由", "请写明理由和法律依据", "missing_reason")


def date_logic(given: CheckInput) -> Iterator[Fault]:
    """SR-D2: a document cannot be formed in the future; effect before formation needs a reason."""
    formed, effective = given.form.formed_date, given.form.effective_date
    if formed and formed > given.today:
        remedy = "请核对落款日期；如系补录，请在说明中写明原因"
        yield _block("formed_date", "成文日期不能晚于今天", remedy, "future_date")
    if formed and formed.year < 1949:
        yield _block("formed_date", f"成文日期{formed.isoformat()}过早", "请核对年份", "early_date")
    if formed and effective and effective < formed:
        yield _warn("effective_date", "生效日期早于成文日期", "确需溯及既往的，请说明理由", "effective_before_formed")
    if given.publish_due_date and given.today > given.publish_due_date:
        problem = f"已超过公开期限（{format_date(given.publish_due_date)}）"
        yield _warn("formed_date", problem, "请尽快公开，并说明逾期原因", "late")


def document_number(given: CheckInput) -> Iterator[Fault]:
    """SR-D5: form of the number (`catalog.md` section 8) and its uniqueness within the unit."""
    original = given.form.document_number
    if not original:
        if given.template_code == "gfxwj":
            yield _block(
                "document_number", "行政规范性文件应当有文号", "请按“机关代字〔年份〕序号号”的形式填写", "no_number"
            )
        return
    result = check_number(original)
    if result.normalised is None:
        yield _warn("document_number", result.problem or "文号格式不规范", "", "number_form")
    if given.number_used_by:
        problem = f"文号与本单位已有信息《{given.number_used_by}》相同"
        yield _warn("document_number", problem, "请核对是否重复发布", "number_used")


_KINDS = {
    "identity_number": ("身份证号码", "block"),
    "bank_card": ("银行卡号", "block"),
    "mobile": ("手机号码", "warn"),
}


def personal_data(given: CheckInput) -> Iterator[Fault]:
    """SR-P1: identity numbers and bank cards block, mobile numbers warn (a published office line may be one)."""
    for field_name, text in (
        ("body_html", given.text),
        ("title", given.form.title),
        ("summary", given.form.summary),
    ):
        found = find_personal_data(text)
        for kind, (label, level) in _KINDS.items():
            hits = [hit for hit in found if hit.kind == kind]
            if not hits:
                continue
            shown = "、".join(hit.masked for hit in hits[:3])
            problem = f"{FIELD_LABELS[field_name]}中有{len(hits)}处疑似{label}（{shown}）"
            remedy = "请删除或隐去中间各位" if level == "block" else "如为个人号码请隐去；确为办公电话的，请说明"
            yield (_block if level == "block" else _warn)(field_name, problem, remedy, kind)


def known_classes(given: CheckInput) -> Iterator[Fault]:
    """Classes are those of the lists (`catalog.md` sections 3 and 4), of today or of an earlier wording."""
    for name, find in (("subject_class", find_subject_class), ("genre_class", find_genre)):
        written = getattr(given.form, name)
        if written and find(written) is None:
            alike = subject_candidates(written)[:_SHOWN_CANDIDATES] if name == "subject_class" else ()
            meant = f"（相近的有：{'；'.join(alike)}）" if alike else ""
            problem = f"{FIELD_LABELS[name]}“{written}”不在分类表中{meant}"
            yield _warn(name, problem, "请从列表中选择；确需保留原分类的，请说明理由", f"unknown_{name}")


def empty_body(given: CheckInput) -> Iterator[Fault]:
    """SR-D8: an item says something in its text, or at least carries a file."""
    if not given.text.strip() and not given.attachment_names:
        yield _block("body_html", "正文为空且没有附件", "请填写正文或上传附件", "empty_body")
    elif not given.text.strip():
        yield _warn(
            "body_html",
            "正文为空，仅有附件",
            "请在正文写明附件内容，便于检索和无障碍阅读",
            "only_attachments",
        )


def duplicate(given: CheckInput) -> Iterator[Fault]:
    """SR-Q5: the same title and text within twelve months is published but not counted."""
    if given.duplicate_of:
        problem = f"与本单位已发布的《{given.duplicate_of}》内容完全相同"
        yield _warn("title", problem, "重复信息不计入月度发布任务，请确认是否需要再次发布", "duplicate")


def near_duplicate(given: CheckInput) -> Iterator[Fault]:
    """SR-Q5: what is nearly equal to an item of the last twelve months may be an old one copied; a person judges."""
    if given.similar_to and not given.duplicate_of:
        problem = f"与本单位已发布的《{given.similar_to}》高度相似"
        remedy = "请核对是否重复发布；确为新的信息的，请说明理由"
        yield _warn("body_html", problem, remedy, SIMILAR)


def taken_down_original(given: CheckInput) -> Iterator[Fault]:
    """A revision lives by the public item that it revises."""
    if given.original_gone:
        remedy = "请删除这份修改稿；已有审查记录的不能删除，不再办理。确需重新公开的，请新建信息"
        yield _block("title", "原信息已撤下，修改稿不能再送审、发布", remedy, "original_gone")


def large_erratum(given: CheckInput) -> Iterator[Fault]:
    """An erratum is a slip of the pen; more goes the way of a change of content (`catalog.md` section 1)."""
    if given.large_erratum:
        problem = f"改动较大（{given.large_erratum}），是否应按内容变更办理"
        remedy = "仅更正错漏的，请说明理由；内容有实质变化的，请改按内容变更办理"
        yield _warn("body_html", problem, remedy, "large_erratum")


def display_and_term(given: CheckInput) -> Iterator[Fault]:
    """A display ends after the document was formed, on a basis; a term is one that can be reckoned with."""
    until, formed = given.form.display_until, given.form.formed_date
    if until and formed and until <= formed:
        yield _block("display_until", "公示截止早于或等于成文日期", "请核对日期", "display_before_formed")
    elif until and until <= given.today:
        problem = f"公示截止日期（{format_date(until)}）已到，发布后公众只能看到“公示已结束”"
        yield _warn("display_until", problem, "请核对日期；确需如此的，请说明理由", "display_ended")
    if until and not given.form.optional.get("display_basis"):
        remedy = "请写明公示期限的依据，如文件名称和条款"
        yield _block("display_basis", "填写了公示截止，未填写依据", remedy, "display_without_basis")
    term = str(given.form.optional.get("validity_period", ""))
    if not is_term(term):
        problem = f"有效期“{term}”无法识别，到期前不能提醒"
        yield _warn("validity_period", problem, "请填写为“长期”“5年”或截止日期，如2031-03-15", "unreadable_term")


def interpretation(given: CheckInput) -> Iterator[Fault]:
    """PB-INTERP: a normative document comes with its interpretation, a dated plan, or a reason why none is needed."""
    if not given.interpretation_gap:
        return
    if given.template_code in MUST_BE_INTERPRETED:
        remedy = "请关联或者撰写解读；不能同步发布的，填写解读计划；不需要解读的，说明理由"
        yield _block("interpretation", given.interpretation_gap, remedy, "interpretation")
    elif given.template_code in DOCUMENT_COLUMNS:
        remedy = "涉及公众利益的文件应当同步解读；不需要解读的，请说明理由"
        yield _warn("interpretation", given.interpretation_gap, remedy, "interpretation")


def responsible_agency(given: CheckInput) -> Iterator[Fault]:
    """条例 art. 10: the agency that made a document publishes it, of a joint document the lead; others reprint it."""
    form = given.form
    if given.other_agency:
        remedy = "应由该机关公开；本单位需要登载的，请待其公开后勾选“转载其他机关的信息”（条例第十条）"
        yield _block("issuing_agency", f"“{given.other_agency}”是另一公开主体", remedy, "other_agency")
    if form.is_reprint:
        return
    partners = names_in(str(form.optional.get(CO_ISSUERS, "")))
    if form.origin == "joint" and not partners:
        yield _block("co_issuers", "联合制作的信息没有联合发文机关", "请填写牵头机关以外的各机关", "co_issuers")
    if partners and form.origin != "joint":
        remedy = "联合发文的，信息来源请选“与其他机关共同制作”；不是的，请清空"
        yield _block("co_issuers", "填写了联合发文机关，信息来源却不是共同制作", remedy, "co_issuers")
    if form.issuing_agency in partners:
        yield _block("co_issuers", "联合发文机关中有发布机构自身", "只填写牵头机关以外的各机关", "co_issuers")


def consultation_time(given: CheckInput) -> Iterator[Fault]:
    """SR-C1: a consultation has its first and last day, and a reason where it is short （`consultations`）."""
    form = given.form
    return consultation_faults(form.title, form.optional, given.template_code or "")


CHECKS: tuple[Check, ...] = (
    taken_down_original,
    large_erratum,
    missing_metadata,
    date_logic,
    display_and_term,
    document_number,
    personal_data,
    known_classes,
    empty_body,
    duplicate,
    near_duplicate,
    interpretation,
    responsible_agency,
    consultation_time,
)


def run_checks(given: CheckInput) -> list[Fault]:
    """All findings, blocking ones first."""
    found = [fault for check in CHECKS for fault in check(given)]
    return sorted(found, key=lambda fault: fault.level != "block")


def unresolved(faults: Sequence[Fault], overrides: dict[str, str]) -> list[Fault]:
    """Findings that stop the submission: blocks, and warnings without a written reason."""
    return [fault for fault in faults if fault.level == "block" or not overrides.get(fault.code, "").strip()]
