"""A person's word about the daily mail."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.publishing.responses import say
from gongkai.supervision.digest.services import choose, gets_mail
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("digest", __name__, template_folder="../templates")
OWN = Permission.ACCOUNT_MANAGE


@route(blueprint, "/account/mail", permission=OWN)
def show() -> ResponseReturnValue:
    """Whether the person gets the daily mail, and where to."""
    person = gets_mail(current.uow(), user_id=current.actor().user_id)
    return render_template("supervision/digest/choice.html", person=person)


@route(blueprint, "/account/mail", permission=OWN, methods=["POST"])
def save() -> ResponseReturnValue:
    """Keep what the person chose."""
    wanted = request.form.get("wanted") == "1"
    choose(current.uow(), user_id=current.actor().user_id, wanted=wanted)
    say("已保存，每个工作日有新事项时发送一封汇总邮件。" if wanted else "已保存，不再发送汇总邮件。")
    return redirect(url_for(".show"))
