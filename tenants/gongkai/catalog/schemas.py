"""Validated input of the catalogue's forms."""

from collections.abc import Mapping
from dataclasses import dataclass

from gongkai.core.calendar.periods import UpdatePeriod
from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.typed import one_line, read_id

NAME_CHARS = 40
DESCRIPTION_CHARS = 200
SECTION_CHARS = 40


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """What a unit may say about a column of its own.

    Attributes:
        update_period: code of an `UpdatePeriod`.
        responsible_section: office within the unit that keeps the column.
        responsible_user_id: the person of the unit who answers for it, None for nobody.
    """

    name: str
    update_period: str
    description: str = ""
    responsible_section: str = ""
    responsible_user_id: int | None = None

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> "ColumnForm":
        """The form as it was sent; `update_days` counts where the period `days` is chosen."""
        period = sent.get("update_period", "")
        if period == "days":
            days = one_line(sent.get("update_days", "")).lstrip("0")
            # Digits of other scripts would pass isdigit() and stop int().
            period = f"days:{days}" if days.isascii() and days.isdigit() else "days:"
        person = sent.get("responsible_user_id", "").strip()
        return cls(
            name=one_line(sent.get("name", "")),
            update_period=period,
            description=one_line(sent.get("description", "")),
            responsible_section=one_line(sent.get("responsible_section", "")),
            # What is no id is nobody's: the service refuses it.
            responsible_user_id=(read_id(person) or 0) if person else None,
        )

    def check(self) -> None:
        """Refuse what cannot be stored.

        Raises:
            Invalid: naming each field.
        """
        faults = []
        if not 1 <= len(self.name) <= NAME_CHARS:
            faults.append(Fault("name", f"栏目名称须为1至{NAME_CHARS}个字", "请重新填写"))
        if len(self.description) > DESCRIPTION_CHARS:
            faults.append(Fault("description", f"栏目说明超过{DESCRIPTION_CHARS}个字", "请压缩到一两句话"))
        faults += section_faults(self.responsible_section)
        try:
            UpdatePeriod(self.update_period)
        except ValueError:
            field = "update_days" if self.update_period.startswith("days:") else "update_period"
            faults.append(Fault(field, "更新周期无法识别", "请从列表中选择，或填写天数（1至9999）"))
        if faults:
            raise Invalid(faults)


def section_faults(section: str) -> list[Fault]:
    """What is wrong with the name of a responsible section."""
    if len(section) <= SECTION_CHARS:
        return []
    return [Fault("responsible_section", f"责任科室超过{SECTION_CHARS}个字", "请填写科室名称")]
