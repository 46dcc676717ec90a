"""People of the demonstration: every unit has somebody in each post; no name is a person's."""

from dataclasses import dataclass

from gongkai.accounts.permissions import Role

PASSWORD = "Gongkai-2026"
"""One password for every demonstration account; a demonstration holds nothing that it could protect."""

POSTS: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("xxy", "信息员", frozenset({Role.CONTRIBUTOR})),
    ("bms", "保密审查员", frozenset({Role.REVIEWER})),
    ("ld", "分管领导", frozenset({Role.APPROVER})),
    ("gly", "单位管理员", frozenset({Role.UNIT_ADMIN})),
)
OFFICE_POSTS: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("zwgk", "政务公开办督查员", frozenset({Role.SUPERVISOR})),
    ("zwgkzr", "政务公开办主任", frozenset({Role.SUPERVISOR})),
)
ADMIN_POST = ("admin", "市级管理员", frozenset({Role.PREFECTURE_ADMIN}))


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """An account of the demonstration: `username` is `<unit code>-<post>`, except the prefecture's `admin`."""

    username: str
    name: str
    mobile: str
    unit_code: str
    roles: frozenset[Role]


def people_of(unit_code: str, short_name: str, number: int, *, office: bool, root: bool) -> list[DemoPerson]:
    """The people of a unit; mobile numbers lie in a range that is given to nobody (1990000xxxx)."""
    posts = [*POSTS, *(OFFICE_POSTS if office else ()), *((ADMIN_POST,) if root else ())]
    return [
        DemoPerson(
            username=key if key == "admin" else f"{unit_code}-{key}",
            name=f"{short_name}{label}",
            mobile=f"1990{number * 10 + place:07d}",
            unit_code=unit_code,
            roles=roles,
        )
        for place, (key, label, roles) in enumerate(posts)
    ]
