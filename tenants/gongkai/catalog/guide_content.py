"""The disclosure guide as a structured document （条例 art. 12, `catalog.md` section 6）."""

import re
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from gongkai.core.errors import Fault
from gongkai.core.text.typed import lines, one_line, paragraphs
from gongkai.tenancy.kinds import profile
from gongkai.tenancy.models import Tenant

CHANNELS = {
    "online": "网络申请",
    "mail": "信函申请",
    "in_person": "当面申请",
    "fax": "传真申请",
    "email": "电子邮件申请",
}
PLACES = 4
"""How many reading places the form offers."""
LINE_CHARS = 200
NOTE_CHARS = 3000
HOURS_LINES = 6

FACTS = {
    "office_name": "工作机构名称",
    "address": "办公地址",
    "postcode": "邮政编码",
    "phone": "联系电话",
    "fax": "传真号码",
    "email": "电子邮箱",
    "online_url": "互联网联系地址",
}
NOTES = {
    "classification_note": "信息分类",
    "arrangement_note": "编排体系",
    "access_note": "获取方式",
    "proactive_scope": "主动公开范围",
    "request_note": "申请的办理",
    "fee_note": "收费说明",
    "supervision_note": "监督方式",
    "remedies_note": "救济途径",
}
# Art. 12: classification, arrangement, ways to obtain; name, address, hours, phone, fax of the office.
REQUIRED = ("office_name", "address", "phone", "fax", "classification_note", "arrangement_note", "access_note")

_POSTCODE = re.compile(r"[0-9]{6}")
_NUMBERS = re.compile(r"[0-9+()（）、，；;,/转 -]{5,80}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_URL = re.compile(r"https?://[^\s<>\"']{3,300}")


class ReadingPlace(BaseModel):
    """A place where information can be read （条例 art. 25）."""

    model_config = ConfigDict(frozen=True)

    name: str
    address: str = ""
    hours: str = ""


class RequestChannel(BaseModel):
    """A way to hand in a request: `kind` is a key of CHANNELS."""

    model_config = ConfigDict(frozen=True)

    kind: str
    detail: str


class GuideContent(BaseModel):
    """What a guide says. `hours` are lines such as `冬季：周一至周五 9:00—12:00，14:00—17:30`.

    The notes are plain text, one paragraph a line.
    """

    model_config = ConfigDict(frozen=True)

    office_name: str = ""
    address: str = ""
    postcode: str = ""
    hours: tuple[str, ...] = ()
    phone: str = ""
    fax: str = ""
    email: str = ""
    online_url: str = ""
    reading_places: tuple[ReadingPlace, ...] = ()
    request_channels: tuple[RequestChannel, ...] = ()
    classification_note: str = ""
    arrangement_note: str = ""
    access_note: str = ""
    proactive_scope: str = ""
    request_note: str = ""
    fee_note: str = ""
    supervision_note: str = ""
    remedies_note: str = ""

    def channel(self, kind: str) -> str:
        """What is said about a way to hand in a request, empty when it is not offered."""
        return next((channel.detail for channel in self.request_channels if channel.kind == kind), "")

    def place(self, number: int) -> ReadingPlace:
        """The reading place of a row of the form, from 0; an empty one beyond the last."""
        return self.reading_places[number] if number < len(self.reading_places) else ReadingPlace(name="")


def read_content(sent: Mapping[str, str]) -> GuideContent:
    """The content as the form sends it: `hours`, `place_name_0` …, `channel_online` … beside the plain fields."""
    places = [
        ReadingPlace(**{key: one_line(sent.get(f"place_{key}_{number}", "")) for key in ("name", "address", "hours")})
        for number in range(PLACES)
    ]
    channels = [RequestChannel(kind=kind, detail=paragraphs(sent.get(f"channel_{kind}", ""))) for kind in CHANNELS]
    return GuideContent(
        **{name: one_line(sent.get(name, "")) for name in FACTS},
        **{name: paragraphs(sent.get(name, "")) for name in NOTES},
        hours=tuple(lines(sent.get("hours", ""))),
        reading_places=tuple(place for place in places if place != ReadingPlace(name="")),
        request_channels=tuple(channel for channel in channels if channel.detail),
    )


def form_fields(content: GuideContent) -> dict[str, str]:
    """The inverse of `read_content`: what the form's controls hold."""
    fields = {name: str(getattr(content, name)) for name in (*FACTS, *NOTES)}
    fields["hours"] = "\n".join(content.hours)
    for number in range(PLACES):
        for key, value in content.place(number).model_dump().items():
            fields[f"place_{key}_{number}"] = value
    for kind in CHANNELS:
        fields[f"channel_{kind}"] = content.channel(kind)
    return fields


def content_faults(content: GuideContent, *, receives_requests: bool) -> list[Fault]:
    """What keeps a guide from being published, field by field."""
    labels = FACTS | NOTES
    faults = [
        Fault(name, f"未填写{labels[name]}", "《政府信息公开条例》第十二条规定指南必须载明")
        for name in REQUIRED
        if not getattr(content, name)
    ]
    if not content.hours:
        faults.append(Fault("hours", "未填写办公时间", "每行填写一个时段，冬夏不同的分两行"))
    if not content.email and not content.online_url:
        faults.append(Fault("online_url", "未填写互联网联系方式", "请至少填写互联网联系地址或者电子邮箱"))
    if receives_requests and not content.request_channels:
        faults.append(Fault("channel_online", "未填写申请渠道", "请至少填写一种提交申请的方式"))
    return faults + _shape_faults(content) + _length_faults(content)


def _shape_faults(content: GuideContent) -> list[Fault]:
    checks = (
        ("postcode", _POSTCODE, "邮政编码应为6位数字", "请核对"),
        ("phone", _NUMBERS, "联系电话只能填写号码", "请连同区号填写，例如“0888-8888888”，多个号码用顿号分隔"),
        ("email", _EMAIL, "电子邮箱格式不正确", "请填写完整的邮箱地址"),
        ("online_url", _URL, "互联网联系地址格式不正确", "请填写以“https://”或“http://”开头的完整网址"),
    )
    faults = [
        Fault(name, problem, remedy)
        for name, shape, problem, remedy in checks
        if getattr(content, name) and not shape.fullmatch(getattr(content, name))
    ]
    if content.fax not in ("", "无") and not _NUMBERS.fullmatch(content.fax):
        faults.append(Fault("fax", "传真号码只能填写号码", "请连同区号填写；确无传真的填写“无”"))
    for number, place in enumerate(content.reading_places):
        if not place.name:
            faults.append(
                Fault(f"place_name_{number}", f"第{number + 1}个查阅场所没有名称", "请填写名称，或清空这一行")
            )
    return faults


def _length_faults(content: GuideContent) -> list[Fault]:
    faults = [
        Fault(name, f"{label}超过{LINE_CHARS}个字", "请删减")
        for name, label in FACTS.items()
        if len(getattr(content, name)) > LINE_CHARS
    ]
    faults += [
        Fault(name, f"{label}超过{NOTE_CHARS}个字", "请删减，详细内容可作为信息另行发布")
        for name, label in NOTES.items()
        if len(getattr(content, name)) > NOTE_CHARS
    ]
    if len(content.hours) > HOURS_LINES or any(len(line) > LINE_CHARS for line in content.hours):
        faults.append(Fault("hours", f"办公时间超过{HOURS_LINES}行，或一行超过{LINE_CHARS}个字", "请删减"))
    for channel in content.request_channels:
        if len(channel.detail) > NOTE_CHARS:
            name = f"channel_{channel.kind}"
            faults.append(Fault(name, f"{CHANNELS[channel.kind]}说明超过{NOTE_CHARS}个字", "请删减"))
    for number, place in enumerate(content.reading_places):
        if max(map(len, place.model_dump().values())) > LINE_CHARS:
            problem = f"第{number + 1}个查阅场所的内容超过{LINE_CHARS}个字"
            faults.append(Fault(f"place_name_{number}", problem, "请删减"))
    return faults


def first_draft(tenant: Tenant) -> GuideContent:
    """What a unit's first guide begins with: its contact, and the words of the regulation to be completed."""
    receives = profile(tenant.tenant_type).receives_requests
    contact = {key: str(tenant.contact.get(key) or "") for key in ("address", "phone", "fax", "email")}
    return GuideContent().model_copy(update={**contact, **(_AGENCY if receives else _UTILITY)})


_AGENCY = {
    "classification_note": (
        "本机关公开的政府信息分为主动公开和依申请公开两类。主动公开的政府信息按政府信息公开指南、政府信息公开制度、"
        "法定主动公开内容、政府信息公开年报分类，法定主动公开内容再按栏目分类。"
    ),
    "arrangement_note": "每条政府信息编有索引号，并按栏目和公开日期编排，可以按名称、文号、索引号检索。",
    "access_note": (
        "主动公开的政府信息可以在本平台查询、下载，也可以到本指南载明的政府信息查阅场所查阅。"
        "需要主动公开以外的政府信息的，可以按本指南载明的渠道向本机关提出申请。"
    ),
    "proactive_scope": (
        "《中华人民共和国政府信息公开条例》第十九条、第二十条等规定应当主动公开的政府信息，"
        "自形成或者变更之日起20个工作日内公开；法律、法规另有规定的，从其规定。"
    ),
    "request_note": (
        "申请应当包括申请人的姓名或者名称、身份证明、联系方式，申请公开的政府信息的名称、文号或者便于查询的其他特征性描述，"
        "以及申请公开的政府信息的形式要求。\n"
        "本机关收到申请，能够当场答复的当场答复；不能当场答复的，自收到申请之日起20个工作日内答复；需要延长的，"
        "经本机关政府信息公开工作机构负责人同意并告知申请人，延长的期限最长不超过20个工作日。"
        "征求第三方和其他机关意见所需时间不计算在内。"
    ),
    "fee_note": (
        "本机关依申请提供政府信息，不收取费用。但是，申请人申请公开政府信息的数量、频次明显超过合理范围的，"
        "可以按照国家有关规定收取信息处理费。"
    ),
    "supervision_note": (
        "公民、法人或者其他组织认为本机关未按照要求主动公开政府信息或者对政府信息公开申请不依法答复处理的，"
        "可以向政府信息公开工作主管部门提出。"
    ),
    "remedies_note": (
        "公民、法人或者其他组织认为本机关在政府信息公开工作中侵犯其合法权益的，可以向上一级行政机关或者政府信息公开工作"
        "主管部门投诉、举报，也可以依法申请行政复议或者提起行政诉讼。"
    ),
}
_UTILITY = {
    "classification_note": "本单位公开的信息按单位概况、法规标准、价格收费、服务事项等栏目分类。",
    "arrangement_note": "每条信息编有索引号，并按栏目和公开日期编排，可以按名称、索引号检索。",
    "access_note": "公开的信息可以在本平台查询、下载，也可以到本单位服务网点查阅、咨询。",
    "remedies_note": (
        "公民、法人或者其他组织认为本单位未按照要求公开信息的，可以依照《中华人民共和国政府信息公开条例》"
        "第五十五条向有关主管部门申诉。"
    ),
}
