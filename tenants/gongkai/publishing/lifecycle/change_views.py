"""A change that turned out to be of another kind."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.publishing.drafts import take_as_content as as_content
from gongkai.publishing.responses import say
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("work_changes", __name__)


@route(blueprint, "/work/items/<int:item_id>/as-content", permission=Permission.ITEMS_WRITE, methods=["POST"])
def take_as_content(item_id: int) -> ResponseReturnValue:
    """Let a draft erratum go the way of a change of content."""
    as_content(current.uow(), actor=current.actor(), item_id=item_id)
    say("已改为内容变更，将按本单位完整流程审查审批，公开期限自今天起计算。")
    return redirect(url_for("work_editor.edit", item_id=item_id))
