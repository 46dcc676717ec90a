"""What the forms about units send."""

from collections.abc import Mapping
from datetime import date

from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.codes import CodeFault, organisation_code_fault, uscc_fault, uscc_problem
from gongkai.core.text.index_numbers import GENERATED, format_number
from gongkai.core.text.typed import one_line
from gongkai.tenancy.imports import COLUMNS
from gongkai.tenancy.services import UnitCodes

EDITED = ("uscc", "area_code", "index_pattern", "aliases", "phone", "address")
LONGEST_LINE = 200


def unit_values(sent: Mapping[str, str]) -> dict[str, str]:
    """The fields of a new unit, under the keys of the list's columns."""
    return {column.key: one_line(sent.get(column.key, ""))[:500] for column in COLUMNS}


def basis_of(sent: Mapping[str, str]) -> str:
    """The document on which a change rests."""
    return one_line(sent.get("basis", ""))


def day_of(text: str, label: str, *, field: str = "effective_date") -> date:
    """A date of a form's field.

    Raises:
        Invalid: when it is empty or cannot be read.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        fault = Fault(field, f"{label}为空或者格式不正确", "请按“2026-03-31”的格式填写")
        raise Invalid([fault]) from error


def read_codes(sent: Mapping[str, str]) -> UnitCodes:
    """Codes and contact of a unit; a wrong check digit passes, since real bodies have such codes.

    Raises:
        Invalid: naming each field.
    """
    values = {name: one_line(sent.get(name, "")) for name in EDITED}
    values["uscc"] = values["uscc"].upper()
    faults = [
        Fault(name, f"内容超过{LONGEST_LINE}个字", "请删减")
        for name, value in values.items()
        if len(value) > LONGEST_LINE
    ]
    uscc = values["uscc"]
    if uscc and uscc_fault(uscc) is CodeFault.SHAPE and organisation_code_fault(uscc) is CodeFault.SHAPE:
        faults.append(Fault("uscc", (uscc_problem(uscc) or "").removesuffix("，请核对"), "请按登记证书填写，或留空"))
    faults += _pattern_faults(values)
    if faults:
        raise Invalid(faults)
    aliases = tuple(name for part in values["aliases"].split("、") if (name := part.strip()))
    return UnitCodes(**{name: value for name, value in values.items() if name != "aliases"}, aliases=aliases)


def _pattern_faults(values: Mapping[str, str]) -> list[Fault]:
    """Whether numbers of the chosen pattern can be made from the codes; otherwise nothing could be published."""
    pattern = values["index_pattern"]
    if pattern not in {known.value for known in GENERATED}:
        return [Fault("index_pattern", "没有这种索引号样式", "请从列表中选择")]
    try:
        format_number(pattern, code=values["uscc"], area=values["area_code"], year=2000, month=1, sequence=1)
    except ValueError:
        if pattern == "AREA_YEAR_SEQ":
            return [Fault("area_code", "所选索引号样式需要6至12位行政区划代码", "请填写代码，或改选其他样式")]
        return [Fault("uscc", "所选索引号样式需要统一社会信用代码", "请填写代码，或改选按行政区划代码编制")]
    return []
