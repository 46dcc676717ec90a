"""A batch as a whole: submitted by one deed, opened in part, agreed to or returned by one deed; a job carries it out.

Nobody decides on a batch of which they brought or wrote a row, nor before having opened the rows drawn for it.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import ROLE_LABELS, Permission
from gongkai.core.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.batches.models import BatchDeed, BatchOpening, BatchSample
from gongkai.publishing.batches.queries import drafts_of, openings, waiting_in, wrote_any
from gongkai.publishing.chain import decider_refusal
from gongkai.publishing.imports.batches import own_batch
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.models import Item
from gongkai.publishing.queries import Queue
from gongkai.publishing.steps import STEP_LABELS, STEP_ROLES, StepKind

REQUESTED = "batch.deed_requested"
SAMPLE = 10
"""Rows of a batch that whoever decides at a step has to open; all where it has fewer."""
_SEED_BITS = 62
_REASON_LIMIT = 500
OPEN = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Share:
    """What of a batch waits for a person at a step.

    Attributes:
        rows: item id → lock version of all rows that wait.
        drawn: ids of the rows to open, in the order drawn; `opened` are those of them that the person has opened.
        refusal: why this person cannot decide on the batch; empty when they can.
    """

    batch: ImportBatch
    step: StepKind
    rows: Mapping[int, int]
    drawn: Sequence[int]
    opened: frozenset[int]
    refusal: str

    @property
    def seen(self) -> str:
        """A digest of the rows in their versions: a decision is on what its page showed."""
        listed = ",".join(f"{item_id}.{version}" for item_id, version in self.rows.items())
        return hashlib.sha256(listed.encode()).hexdigest()

    @property
    def left_to_open(self) -> int:
        """How many rows are still to be opened."""
        return len(self.drawn) - len(self.opened)


def draw(seed: int, item_ids: Iterable[int]) -> list[int]:
    """`SAMPLE` of the rows at random: the same ones whenever the same rows wait; when one leaves, one follows."""
    return sorted(item_ids, key=lambda item_id: hashlib.sha256(f"{seed}:{item_id}".encode()).digest())[:SAMPLE]


def drafts_batch(uow: UnitOfWork, *, actor: Actor, batch_id: int) -> ImportBatch:
    """A batch of drafts of the unit acted for.

    Raises:
        NotFound: when it is missing, another unit's, or none of drafts.
    """
    batch = own_batch(uow, actor=actor, batch_id=batch_id)
    if batch.kind != "drafts":
        raise NotFound("导入批次不存在。")
    return batch


def submit_batch(uow: UnitOfWork, *, actor: Actor, batch_id: int, cleared: bool, reason: str) -> BatchDeed:
    """Ask for the submission of all drafts of a batch; those with findings that block stay behind.

    `cleared` is the person's word that each row was looked at and is no secret; `reason` answers the warnings of the
    checks where a row has no reason of its own.

    Raises:
        NotFound: when the batch is not this unit's.
        Forbidden: when the person does not write for the unit.
        Invalid: when the word is missing.
        Conflict: when it has no drafts, or a deed is under way.
    """
    actor.require(Permission.ITEMS_WRITE)
    batch = drafts_batch(uow, actor=actor, batch_id=batch_id)
    rows = drafts_of(uow, tenant_id=actor.tenant_id, batch_id=batch.id)
    if not rows:
        raise Conflict("这一批次没有可以送审的草稿。")
    if not cleared:
        raise Invalid([Fault("secrecy_cleared", "未确认“非涉密”", "只有非涉密信息可以送审，请核实后勾选")])
    return _ask(uow, actor, batch, deed="submit", step="", opinion=reason.strip()[:_REASON_LIMIT], rows=rows)


def share_of(uow: UnitOfWork, *, actor: Actor, batch_id: int, step: StepKind) -> Share:
    """What of a batch waits for a person at a step, and which rows they have to open.

    Raises:
        NotFound: when the batch is not this unit's.
    """
    batch = drafts_batch(uow, actor=actor, batch_id=batch_id)
    queue = Queue.of(actor, (step,))
    rows = waiting_in(uow, queue, batch_id=batch.id, step=step) if queue.kinds else {}
    drawn = draw(_seed(uow, batch, step), rows) if rows else []
    seen = openings(uow, tenant_id=actor.tenant_id, batch_id=batch.id, step=step, user_id=actor.user_id)
    opened = frozenset(item_id for item_id in drawn if seen.get(item_id) == rows[item_id])
    return Share(batch, step, rows, drawn, opened, _refusal(uow, actor, batch, step))


def record_opening(uow: UnitOfWork, *, actor: Actor, item: Item) -> None:
    """Remember that somebody who may decide on a row of a batch has opened it."""
    if item.review_batch_id is None or not item.step or decider_refusal(item, actor, StepKind(item.step)):
        return
    opening = insert(BatchOpening).values(
        tenant_id=item.tenant_id, batch_id=item.review_batch_id, step=item.step, user_id=actor.user_id,
        item_id=item.id, lock_version=item.lock_version, opened_at=uow.now,
    )  # fmt: skip
    keys = ("tenant_id", "batch_id", "step", "user_id", "item_id")
    again = {"lock_version": opening.excluded.lock_version, "opened_at": opening.excluded.opened_at}
    uow.session.execute(opening.on_conflict_do_update(index_elements=keys, set_=again))


def agree_to_batch(
    uow: UnitOfWork, *, actor: Actor, batch_id: int, step: StepKind, seen: str, opinion: str = ""
) -> BatchDeed:
    """Ask for agreement to all rows of a batch that wait at a step; after the last step they are published.

    Raises:
        NotFound: when the batch is not this unit's.
        Forbidden: when the person does not hold the post of this step, or brought or wrote any row.
        Conflict: when other rows wait than the page showed, rows drawn were not opened, or a deed is under way.
    """
    share = _expect(uow, actor, batch_id, step, seen)
    if share.left_to_open:
        raise Conflict(
            f"抽查的{len(share.drawn)}条信息中，还有{share.left_to_open}条没有打开，请逐条查看后再同意整批。"
        )
    return _ask(uow, actor, share.batch, deed="agree", step=step, opinion=opinion.strip(), rows=share.rows)


def return_batch(uow: UnitOfWork, *, actor: Actor, batch_id: int, step: StepKind, seen: str, opinion: str) -> BatchDeed:
    """Ask for the return of all rows of a batch that wait at a step.

    Raises:
        Invalid: when the opinion is missing.
        NotFound, Forbidden, Conflict: as `agree_to_batch`; no row has to be opened.
    """
    if not opinion.strip():
        raise Invalid([Fault("opinion", "未填写退回意见", "请写明需要修改的内容")])
    share = _expect(uow, actor, batch_id, step, seen)
    return _ask(uow, actor, share.batch, deed="return", step=step, opinion=opinion.strip(), rows=share.rows)


def _expect(uow: UnitOfWork, actor: Actor, batch_id: int, step: StepKind, seen: str) -> Share:
    share = share_of(uow, actor=actor, batch_id=batch_id, step=step)
    if share.refusal:
        raise Forbidden(share.refusal)
    if not share.rows or share.seen != seen:
        raise Conflict("这一批次在您打开页面之后又有变动，请查看最新内容，再作决定。")
    return share


def _refusal(uow: UnitOfWork, actor: Actor, batch: ImportBatch, step: StepKind) -> str:
    role = STEP_ROLES[step]
    if role not in actor.roles:
        return f"{STEP_LABELS[step]}环节须由{ROLE_LABELS[role]}办理。"
    if wrote_any(uow, tenant_id=actor.tenant_id, batch_id=batch.id, user_id=actor.user_id):
        return "您导入或编写了这一批次中的信息，不能由您办理整批，请由其他同志办理。"
    return ""


def _seed(uow: UnitOfWork, batch: ImportBatch, step: StepKind) -> int:
    """The seed of a batch at a step, drawn once."""
    place = {"tenant_id": batch.tenant_id, "batch_id": batch.id, "step": step}
    drawn = insert(BatchSample).values(place | {"seed": secrets.randbits(_SEED_BITS)})
    uow.session.execute(drawn.on_conflict_do_nothing())
    return uow.session.execute(select(BatchSample.seed).filter_by(**place)).scalar_one()


def _ask(
    uow: UnitOfWork, actor: Actor, batch: ImportBatch, *, deed: str, step: str, opinion: str, rows: Mapping[int, int]
) -> BatchDeed:
    # The row lock keeps two deeds on one batch apart; the index would refuse the second without a word.
    own_batch(uow, actor=actor, batch_id=batch.id, lock=True)
    under_way = select(BatchDeed.id).where(
        BatchDeed.tenant_id == batch.tenant_id, BatchDeed.batch_id == batch.id, BatchDeed.state.in_(OPEN)
    )
    if uow.session.scalar(under_way) is not None:
        raise Conflict("这一批次正在办理上一次操作，请等它完成后再办理。")
    asked = BatchDeed(
        tenant_id=batch.tenant_id, batch_id=batch.id, deed=deed, step=step, actor_id=actor.user_id,
        actor_name=actor.name, opinion=opinion, seen={str(item_id): rows[item_id] for item_id in rows},
        rows_total=len(rows), created_at=uow.now,
    )  # fmt: skip
    uow.session.add(asked)
    uow.session.flush()
    detail = {"batch": batch.id, "step": step, "rows": len(rows)}
    uow.audit(f"batch.{deed}", tenant_id=batch.tenant_id, object_type="batch_deed", object_id=asked.id, detail=detail)
    uow.emit(REQUESTED, asked.id)
    return asked
