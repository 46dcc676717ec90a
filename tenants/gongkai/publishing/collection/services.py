"""Sources: a unit proposes one, the office permits it, somebody answers for it; it can be paused and run by hand."""

from typing import Any

from sqlalchemy import Select, select

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.core.errors import Conflict, Fault, Forbidden, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.collection.models import CollectionSource
from gongkai.publishing.collection.schemas import SourceForm
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

REQUESTED = "collection.requested"
STALE = "collection.stale"
CAUGHT_UP = "collection.caught_up"
CAME_LATE = "collection.came_late"
_PERMITTED = ("kind", "address", "column_code", "mapping", "whole", "responsible_person")
"""What the office has permitted: another value needs its permission again."""


def own_source(uow: UnitOfWork, *, actor: Actor, source_id: int, lock: bool = False) -> CollectionSource:
    """A source that the unit acted for has for itself.

    Raises:
        NotFound: when it is missing, another unit's, or one of an office for its subtree.
    """
    own = CollectionSource.tenant_id == actor.tenant_id, CollectionSource.covers_subtree.is_(False)
    return _one(uow, select(CollectionSource).where(*own), source_id, lock=lock)


def supervised_source(uow: UnitOfWork, *, actor: Actor, source_id: int, lock: bool = False) -> CollectionSource:
    """A source of the office's subtree.

    Raises:
        NotFound: when it is missing or outside.
    """
    inside = select(Tenant.id).where(below(actor.tenant_path))
    return _one(uow, select(CollectionSource).where(CollectionSource.tenant_id.in_(inside)), source_id, lock=lock)


def propose(uow: UnitOfWork, *, actor: Actor, form: SourceForm, for_subtree: bool = False) -> CollectionSource:
    """Set a source up. A unit's waits for the permission of the office; the office's own has it.

    Raises:
        Forbidden: when somebody sets one up for the subtree who may not permit any.
    """
    actor.require(Permission.MIGRATIONS_ALLOW if for_subtree else Permission.INTAKE_MANAGE)
    source = CollectionSource(
        tenant_id=actor.tenant_id, covers_subtree=for_subtree, created_by=actor.user_id, created_at=uow.now,
        unit_ids=[] if for_subtree else [actor.tenant_id], **_values(form),
    )  # fmt: skip
    if for_subtree:
        _permit(uow, actor, source)
    uow.session.add(source)
    uow.session.flush()
    _audit(uow, source, "propose", {"address": source.address, "kind": source.kind})
    return source


def change(uow: UnitOfWork, *, actor: Actor, source: CollectionSource, form: SourceForm) -> bool:
    """Change a source; tells whether it waits for permission again, because of what was permitted.

    Raises:
        Conflict: when it is not the unit's or office's that acts.
    """
    expect_holder(actor, source)
    values = _values(form)
    again = source.state != "proposed" and any(getattr(source, name) != values[name] for name in _PERMITTED)
    for name, value in values.items():
        setattr(source, name, value)
    if again and source.covers_subtree:
        _permit(uow, actor, source)
    elif again:
        source.state, source.note, source.created_by = "proposed", "", actor.user_id
    _audit(uow, source, "change", {"address": source.address, "again": again})
    return again and not source.covers_subtree


def allow(uow: UnitOfWork, *, actor: Actor, source_id: int) -> CollectionSource:
    """Permit a unit's source; it is collected from then on.

    Raises:
        NotFound: when it is outside the office's subtree.
        Forbidden: when the person proposed it themselves.
        Conflict: when it does not wait for permission.
    """
    source = _to_decide(uow, actor, source_id)
    with uow.acting_for(source.tenant_id, reason="批准信息采集来源"):
        _permit(uow, actor, source)
        _audit(uow, source, "allow", {"responsible_person": source.responsible_person})
        uow.emit(REQUESTED, source.id)
    return source


def refuse(uow: UnitOfWork, *, actor: Actor, source_id: int, reason: str) -> CollectionSource:
    """Turn a unit's source down.

    Raises:
        NotFound, Forbidden, Conflict: as `allow`.
        Invalid: when the reason is missing.
    """
    if not reason.strip():
        raise Invalid([Fault("reason", "未填写不予批准的原因", "请写明原因，申请单位会看到")])
    source = _to_decide(uow, actor, source_id)
    with uow.acting_for(source.tenant_id, reason="不予批准信息采集来源"):
        source.state, source.note = "refused", reason.strip()[:500]
        source.office_id, source.decided_by, source.decided_at = actor.tenant_id, actor.user_id, uow.now
        _audit(uow, source, "refuse", {})
    return source


def set_active(uow: UnitOfWork, *, actor: Actor, source: CollectionSource, active: bool) -> None:
    """Pause a source, or go on with it. While it is paused, its units' months are judged by what is here.

    Raises:
        Conflict: when it is not the unit's or office's that acts, or was not permitted.
    """
    expect_holder(actor, source)
    _expect_allowed(source)
    if source.active == active:
        return
    source.active = active
    if active:
        # The units answer for the months of the pause by themselves.
        source.began_at, source.last_success_at, source.stale_told_at = uow.now, None, None
        uow.emit(REQUESTED, source.id)
    _audit(uow, source, "resume" if active else "pause", {})


def request_run(uow: UnitOfWork, *, actor: Actor, source: CollectionSource) -> None:
    """Collect now, besides the daily run.

    Raises:
        Conflict: when it is not the unit's or office's that acts, was not permitted, or is paused.
    """
    expect_holder(actor, source)
    _expect_allowed(source)
    if not source.active:
        raise Conflict("这一来源已暂停采集，请先恢复采集。")
    _audit(uow, source, "run", {})
    uow.emit(REQUESTED, source.id)


def _values(form: SourceForm) -> dict[str, Any]:
    return {name: getattr(form, name) for name in SourceForm.__dataclass_fields__}


def _permit(uow: UnitOfWork, actor: Actor, source: CollectionSource) -> None:
    source.state, source.note, source.office_id = "allowed", "", actor.tenant_id
    source.decided_by, source.decided_at = actor.user_id, uow.now
    source.began_at = source.began_at or uow.now


def expect_holder(actor: Actor, source: CollectionSource) -> None:
    """Raise `Conflict` unless the source is the unit's or office's that acts."""
    if source.tenant_id != actor.tenant_id:
        raise Conflict("这一来源由其所属单位维护，请联系该单位办理。")


def _expect_allowed(source: CollectionSource) -> None:
    if source.state != "allowed":
        raise Conflict("这一来源尚未获得政务公开办批准，不能采集。")


def _to_decide(uow: UnitOfWork, actor: Actor, source_id: int) -> CollectionSource:
    source = supervised_source(uow, actor=actor, source_id=source_id)
    if source.created_by == actor.user_id:
        raise Forbidden("您是这一来源的申请人，须由政务公开办的其他同志批准。")
    with uow.acting_for(source.tenant_id, reason="办理信息采集来源申请"):
        source = supervised_source(uow, actor=actor, source_id=source_id, lock=True)
    if source.state != "proposed":
        raise Conflict("这一来源已经办理，无需重复操作。请刷新页面查看最新状态。")
    return source


def _one(uow: UnitOfWork, query: Select[CollectionSource], source_id: int, *, lock: bool) -> CollectionSource:
    query = query.where(CollectionSource.id == source_id)
    return uow.one(query, lock=lock, of=CollectionSource, missing="采集来源不存在。")


def _audit(uow: UnitOfWork, source: CollectionSource, deed: str, detail: dict[str, Any]) -> None:
    uow.audit(
        f"collection.{deed}", tenant_id=source.tenant_id, object_type="collection_source", object_id=source.id,
        detail=detail,
    )  # fmt: skip
