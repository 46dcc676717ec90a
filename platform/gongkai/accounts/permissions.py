"""The permissions and the role → permission table: the only place that says who may do what."""

from enum import StrEnum


class Permission(StrEnum):
    """Named `scope:resource:action`. Each route declares exactly one."""

    PUBLIC_READ = "public:pages:read"
    ACCOUNT_MANAGE = "own:account:manage"
    DESK_READ = "tenant:desk:read"
    ITEMS_READ = "tenant:items:read"
    ITEMS_CREATE = "tenant:items:create"
    ITEMS_WRITE = "tenant:items:write"
    ITEMS_REVIEW = "tenant:items:review"
    ITEMS_APPROVE = "tenant:items:approve"
    ITEMS_IMPORT = "tenant:items:import"
    CHAIN_MANAGE = "tenant:chain:manage"
    VALIDITY_MANAGE = "tenant:validity:manage"
    INTAKE_MANAGE = "tenant:intake:manage"
    ARCHIVE_EXPORT = "tenant:archive:export"
    COLUMNS_READ = "tenant:columns:read"
    COLUMNS_MANAGE = "tenant:columns:manage"
    GUIDE_WRITE = "tenant:guide:write"
    PEOPLE_MANAGE = "tenant:people:manage"
    FINDINGS_READ = "tenant:findings:read"
    FINDINGS_ANSWER = "tenant:findings:answer"
    DEMANDS_ANSWER = "tenant:demands:answer"
    TRANSFERS_SEND = "tenant:transfers:send"
    TRANSFERS_RECEIVE = "tenant:transfers:receive"
    SUPERVISION_READ = "subtree:supervision:read"
    CALL_LIST_READ = "subtree:call_list:read"
    FINDINGS_DECIDE = "subtree:findings:decide"
    RULES_MANAGE = "subtree:rules:manage"
    FACTS_WRITE = "subtree:facts:write"
    SLIPS_WRITE = "subtree:slips:write"
    ASSIGNMENTS_WRITE = "subtree:assignments:write"
    CIRCULARS_WRITE = "subtree:circulars:write"
    MIGRATIONS_ALLOW = "subtree:migrations:allow"
    PAPER_CONFIRM = "subtree:paper:confirm"
    TERMS_MANAGE = "subtree:terms:manage"
    EMERGENCY_TAKE_DOWN = "subtree:items:take_down"
    EMERGENCY_RELEASE = "subtree:items:release"
    UNITS_MANAGE = "prefecture:units:manage"
    PREFECTURE_PEOPLE_MANAGE = "prefecture:people:manage"
    SETTINGS_MANAGE = "prefecture:settings:manage"


class Role(StrEnum):
    """Posts a person can hold in a unit."""

    CONTRIBUTOR = "contributor"
    REVIEWER = "confidentiality_reviewer"
    APPROVER = "approver"
    UNIT_ADMIN = "unit_admin"
    SUPERVISOR = "supervisor"
    PREFECTURE_ADMIN = "prefecture_admin"
    SECTION_HEAD = "section_head"
    LEGAL_REVIEWER = "legal_reviewer"
    DUTY_OFFICER = "duty_officer"
    RECEIVER = "receiver"


CHAIN_ROLES = (Role.SECTION_HEAD, Role.LEGAL_REVIEWER, Role.REVIEWER, Role.APPROVER)
"""The posts that decide on items, in the order of the chain; each of them can have a deputy."""

ROLE_LABELS = {
    Role.CONTRIBUTOR: "信息员",
    Role.REVIEWER: "保密审查员",
    Role.APPROVER: "分管领导（审批人）",
    Role.UNIT_ADMIN: "单位管理员",
    Role.SUPERVISOR: "政务公开办督查员",
    Role.PREFECTURE_ADMIN: "市级管理员",
    Role.SECTION_HEAD: "科室负责人",
    Role.LEGAL_REVIEWER: "合法性审查员",
    Role.DUTY_OFFICER: "值班员",
    Role.RECEIVER: "查阅场所接收员",
}

OPERATION_LABELS = {
    Permission.ITEMS_CREATE: "新建信息",
    Permission.ITEMS_WRITE: "起草、修改和送审信息",
    Permission.ITEMS_REVIEW: "审查信息",
    Permission.ITEMS_APPROVE: "审批、发布和撤下信息",
    Permission.ITEMS_IMPORT: "批量导入信息",
    Permission.COLUMNS_MANAGE: "管理栏目",
    Permission.GUIDE_WRITE: "编写公开指南",
    Permission.PEOPLE_MANAGE: "管理人员",
    Permission.FINDINGS_ANSWER: "反馈督查问题整改情况",
    Permission.FINDINGS_DECIDE: "核实、复查督查问题",
    Permission.SUPERVISION_READ: "督查",
    Permission.CALL_LIST_READ: "电话催报",
    Permission.RULES_MANAGE: "设置月度发布任务",
    Permission.FACTS_WRITE: "登记督查事项",
    Permission.SLIPS_WRITE: "印发工作提示单",
    Permission.ASSIGNMENTS_WRITE: "布置上级任务",
    Permission.DEMANDS_ANSWER: "回复工作提示单和问题核实反馈表、阅知通报、办理上级任务",
    Permission.TRANSFERS_SEND: "送交政府信息清单",
    Permission.TRANSFERS_RECEIVE: "接收送交的政府信息",
    Permission.CIRCULARS_WRITE: "编制通报",
    Permission.MIGRATIONS_ALLOW: "批准历史信息迁移",
    Permission.CHAIN_MANAGE: "设置审批流程",
    Permission.VALIDITY_MANAGE: "按清理结果标注有效性",
    Permission.INTAKE_MANAGE: "管理公文系统接入和信息采集",
    Permission.ARCHIVE_EXPORT: "下载归档包",
    Permission.PAPER_CONFIRM: "核对下级单位线下签批",
    Permission.TERMS_MANAGE: "维护词条名单",
    Permission.EMERGENCY_TAKE_DOWN: "紧急撤下信息",
    Permission.EMERGENCY_RELEASE: "解除紧急撤下",
    Permission.UNITS_MANAGE: "管理单位",
    Permission.PREFECTURE_PEOPLE_MANAGE: "管理各单位人员",
    Permission.SETTINGS_MANAGE: "修改系统设置",
}
"""What a permission allows to do, in words; those that only let people look at something have none."""

_MEMBER = frozenset(
    {
        Permission.ACCOUNT_MANAGE,
        Permission.DESK_READ,
        Permission.ITEMS_READ,
        Permission.COLUMNS_READ,
        Permission.FINDINGS_READ,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CONTRIBUTOR: _MEMBER
    | {
        Permission.ITEMS_CREATE,
        Permission.ITEMS_WRITE,
        Permission.ITEMS_IMPORT,
        Permission.FINDINGS_ANSWER,
        Permission.DEMANDS_ANSWER,
        Permission.TRANSFERS_SEND,
    },
    Role.REVIEWER: _MEMBER | {Permission.ITEMS_REVIEW},
    Role.APPROVER: _MEMBER
    | {
        Permission.ITEMS_APPROVE,
        Permission.VALIDITY_MANAGE,
        Permission.FINDINGS_ANSWER,
        Permission.DEMANDS_ANSWER,
    },
    Role.SECTION_HEAD: _MEMBER | {Permission.ITEMS_REVIEW},
    Role.LEGAL_REVIEWER: _MEMBER | {Permission.ITEMS_REVIEW},
    Role.DUTY_OFFICER: frozenset({Permission.ACCOUNT_MANAGE, Permission.DESK_READ, Permission.EMERGENCY_TAKE_DOWN}),
    Role.RECEIVER: frozenset({Permission.ACCOUNT_MANAGE, Permission.DESK_READ, Permission.TRANSFERS_RECEIVE}),
    Role.UNIT_ADMIN: _MEMBER
    | {
        Permission.ITEMS_IMPORT,
        Permission.COLUMNS_MANAGE,
        Permission.GUIDE_WRITE,
        Permission.PEOPLE_MANAGE,
        Permission.CHAIN_MANAGE,
        Permission.FINDINGS_ANSWER,
        Permission.INTAKE_MANAGE,
        Permission.ARCHIVE_EXPORT,
        Permission.DEMANDS_ANSWER,
        Permission.TRANSFERS_SEND,
    },
    Role.SUPERVISOR: _MEMBER
    | {
        Permission.SUPERVISION_READ,
        Permission.CALL_LIST_READ,
        Permission.FINDINGS_DECIDE,
        Permission.RULES_MANAGE,
        Permission.FACTS_WRITE,
        Permission.SLIPS_WRITE,
        Permission.ASSIGNMENTS_WRITE,
        Permission.CIRCULARS_WRITE,
        Permission.MIGRATIONS_ALLOW,
        Permission.VALIDITY_MANAGE,
        Permission.PAPER_CONFIRM,
        Permission.TERMS_MANAGE,
        Permission.EMERGENCY_TAKE_DOWN,
        Permission.EMERGENCY_RELEASE,
    },
    Role.PREFECTURE_ADMIN: _MEMBER
    | {
        Permission.UNITS_MANAGE,
        Permission.PREFECTURE_PEOPLE_MANAGE,
        Permission.SETTINGS_MANAGE,
        Permission.SUPERVISION_READ,
        Permission.COLUMNS_MANAGE,
        Permission.GUIDE_WRITE,
        Permission.PEOPLE_MANAGE,
    },
}

RECEIVED_ROLES = frozenset({Role.CONTRIBUTOR, *CHAIN_ROLES, Role.UNIT_ADMIN})
"""The posts with which people of a unit look after what a body that passed to it has published."""
RECEIVED_PERMISSIONS = _MEMBER | {
    Permission.ITEMS_WRITE,
    Permission.ITEMS_REVIEW,
    Permission.ITEMS_APPROVE,
    Permission.VALIDITY_MANAGE,
    Permission.ARCHIVE_EXPORT,
    Permission.DEMANDS_ANSWER,
    Permission.TRANSFERS_SEND,
}
"""What they may do there: look after what is public; nothing new is published for a body that has ended."""
RECEIVED_REFUSAL = (
    "您正在办理原单位的信息。原单位已撤销，只能更正、撤下已公开的信息，标注有效性，说明表述问题；"
    "其他事项请先在页面上方切换到本单位，再办理。"
)


def refusal(permission: Permission) -> str:
    """The sentence for a person who lacks `permission`: which operation it is, and who carries it out."""
    posts = "、".join(ROLE_LABELS[role] for role in Role if permission in ROLE_PERMISSIONS[role])
    operation = OPERATION_LABELS.get(permission)
    what = f"“{operation}”由{posts}办理" if operation else f"此项操作由{posts}办理"
    return f"{what}，您在当前单位没有这一岗位；如确需办理，请联系本单位管理员。"


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that a person with these roles may do in one unit."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles)) if roles else frozenset()
