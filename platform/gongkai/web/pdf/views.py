"""“下载PDF” of an official document: the file, or a page that waits for it."""

from datetime import timedelta

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.core.errors import Conflict
from gongkai.core.officialdoc.docx import render_docx
from gongkai.core.officialdoc.model import OfficialDocument
from gongkai.core.storage.names import content_disposition
from gongkai.web import current
from gongkai.web.pdf.models import FAILED, WAITING
from gongkai.web.pdf.services import ask

blueprint = Blueprint("pdf", __name__)
SLOW = timedelta(minutes=2)
"""After so long a wait the page says that the background may be busy or stand still."""


@blueprint.app_context_processor
def _offered() -> dict[str, bool]:
    """`pdf_offered` in every template: whether to show the link."""
    return {"pdf_offered": current.services().converter.is_configured}


def pdf_answer(document: OfficialDocument, name: str, *, back: str) -> ResponseReturnValue:
    """The answer of a view whose address ends in .pdf: the file `name`.pdf, or the page that waits for it.

    The page loads itself again until the file is there and then says so. `back` is the address of the page with the
    link.

    Raises:
        Conflict: where no converter is configured; with the reason, when the document was not converted.
    """
    if not current.services().converter.is_configured:
        raise Conflict("本平台没有启用PDF下载，请下载.docx文件。")
    work = current.uow()
    copy = ask(work, tenant_id=current.actor().tenant_id, docx=render_docx(document))
    if copy.state == FAILED:
        raise Conflict(
            f"PDF没有生成：{copy.reason}。请下载.docx文件使用，或者一分钟后再试；仍不成功的，请联系系统管理员。"
        )
    done = copy.state != WAITING
    if done and "waited" not in request.args:
        answer = Response(copy.content, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = content_disposition(f"{name}.pdf")
        return answer
    address = {**(request.view_args or {}), **{key: value for key, value in request.args.items() if key != "waited"}}
    page = render_template(
        "pdf/waiting.html",
        name=name,
        done=done,
        slow=work.now - copy.requested_at > SLOW,
        file=url_for(request.endpoint or "", **address),
        again=url_for(request.endpoint or "", **address, waited=1),
        back=back,
    )
    return page, 200 if done else 202
