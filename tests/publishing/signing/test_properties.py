"""Whatever the template and whoever tries what, online and on paper: an item is public only after each of its steps
was decided, in order, by somebody who wrote none of it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gongkai.accounts.actors import Actor
from gongkai.core.errors import DomainError
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.chain import decide, recall, send_back, submit
from gongkai.publishing.drafts import create_draft, save_draft
from gongkai.publishing.models import Item, ItemStep
from gongkai.publishing.schemas import ItemForm
from gongkai.publishing.signing.models import PaperSignature
from gongkai.publishing.signing.services import confirm, refuse, withdraw
from gongkai.publishing.steps import STEP_ROLES, StepKind, set_template
from tests.factories.items import item_form
from tests.factories.world import World
from tests.publishing.signing.paper import APPROVER, CLERK, HEAD, LAWYER, REVIEWER, SECOND, bring_as, staffed

PEOPLE = (CLERK, SECOND, HEAD, LAWYER, REVIEWER, APPROVER)
HOLDERS = {
    StepKind.SECTION: HEAD,
    StepKind.LEGALITY: LAWYER,
    StepKind.CONFIDENTIALITY: REVIEWER,
    StepKind.FINAL: APPROVER,
}
TEMPLATES = st.permutations([StepKind.SECTION, StepKind.LEGALITY, StepKind.CONFIDENTIALITY]).flatmap(
    lambda kinds: st.sets(st.sampled_from([StepKind.SECTION, StepKind.LEGALITY])).map(
        lambda more: [kind for kind in kinds if kind in more or kind is StepKind.CONFIDENTIALITY] + [StepKind.FINAL]
    )
)
DEEDS = ("submit", "decide", "paper", "confirm", "send_back", "refuse", "withdraw", "edit", "recall")
MOVES = st.lists(
    st.one_of(
        # What carries an item on, often enough that some arrive; and anybody who tries anything.
        st.sampled_from([("submit", CLERK), ("decide", "holder"), ("paper", CLERK), ("confirm", SECOND)]),
        st.tuples(st.sampled_from(DEEDS), st.sampled_from(PEOPLE)),
    ),
    min_size=8,
    max_size=18,
)


@dataclass
class Office:
    """The people of the bureau at work on one item, in one transaction."""

    world: World
    uow: UnitOfWork
    actors: dict[str, Actor]
    form: ItemForm
    item_id: int

    def attempt(self, deed: str, login: str) -> None:
        """Let a person try a deed; what is refused leaves everything as it was."""
        holder = HOLDERS[StepKind(self.item.step)] if self.item.step else APPROVER
        actor = self.actors[holder if login == "holder" else login]
        self.uow.enter(actor.scope())
        with suppress(DomainError), self.uow.session.begin_nested():
            if deed == "paper":
                bring_as(self.world, self.uow, actor, self.item_id, holder)
            elif deed in ("confirm", "refuse", "withdraw"):
                self.on_signature(deed, actor)
            else:
                self.on_item(deed, actor)

    def on_signature(self, deed: str, actor: Actor) -> None:
        """Try what follows a registration on the newest one."""
        query = select(PaperSignature.id).where(PaperSignature.item_id == self.item_id)
        found = self.uow.session.scalar(query.order_by(PaperSignature.id.desc()).limit(1)) or 0
        if deed == "confirm":
            confirm(self.uow, actor=actor, signature_id=found)
        elif deed == "refuse":
            refuse(self.uow, actor=actor, signature_id=found, reason="不符。")
        else:
            withdraw(self.uow, actor=actor, signature_id=found)

    def on_item(self, deed: str, actor: Actor) -> None:
        """Try what is done online."""
        if deed == "submit":
            submit(self.uow, actor=actor, item_id=self.item_id)
        elif deed == "decide":
            decide(self.uow, actor=actor, item_id=self.item_id)
        elif deed == "send_back":
            send_back(self.uow, actor=actor, item_id=self.item_id, opinion="请修改。")
        elif deed == "edit":
            form = replace(self.form, summary=f"由{actor.name}修改。")
            save_draft(self.uow, actor=actor, item_id=self.item_id, form=form)
        else:
            recall(self.uow, actor=actor, item_id=self.item_id)

    @property
    def item(self) -> Item:
        """The item as it stands in the database."""
        self.uow.session.flush()
        query = select(Item).where(Item.id == self.item_id).execution_options(populate_existing=True)
        return self.uow.session.execute(query).scalar_one()

    @property
    def steps(self) -> Sequence[ItemStep]:
        """What happened, oldest first."""
        return self.uow.session.scalars(
            select(ItemStep).where(ItemStep.item_id == self.item_id).order_by(ItemStep.id)
        ).all()


def decided(steps: Sequence[ItemStep]) -> list[ItemStep]:
    """The decisions behind the last submission."""
    start = max(place for place, step in enumerate(steps) if step.action == "submit")
    return [step for step in steps[start:] if step.action in ("pass_review", "approve")]


def hold(world: World, item: Item, steps: Sequence[ItemStep]) -> None:
    """What must be true of an item at any time."""
    ids = {kind: world.people[login] for kind, login in HOLDERS.items()}
    for step in steps:
        if step.action in ("pass_review", "approve", "return"):
            decider = step.signatory_id or step.actor_id
            assert decider not in step.author_ids
            assert step.actor_id not in step.author_ids
            assert decider == ids[StepKind(step.step)], STEP_ROLES[StepKind(step.step)]
    if not any(step.action == "submit" for step in steps) or item.state == "draft":
        assert item.state == "draft"
        return
    passed = [step.step for step in decided(steps)]
    assert passed == item.chain_steps[: len(passed)]
    assert (item.state == "published") == (passed == item.chain_steps)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(template=TEMPLATES, moves=MOVES)
def test_an_item_is_public_only_after_each_step_was_decided_by_a_non_author_in_order(
    world: World, template: list[StepKind], moves: list[tuple[str, str]]
) -> None:
    if HEAD not in world.people:
        staffed(world)
    with world.services.database.unit_of_work() as uow:
        actors = {login: world.actor(uow, login) for login in PEOPLE}
        writer = actors[CLERK]
        uow.enter(writer.scope())
        set_template(uow, tenant_id=writer.tenant_id, steps=template, column_id=None, by=1)
        form = item_form(world, uow, "hx-mzj", "gsgg")
        office = Office(world, uow, actors, form, create_draft(uow, actor=writer, form=form).id)
        for deed, login in [("submit", CLERK), *moves]:
            office.attempt(deed, login)
            hold(world, office.item, office.steps)
