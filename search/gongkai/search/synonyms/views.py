"""The prefecture's screen of search words: edit, preview, earlier versions, why a result stands where it does."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Invalid
from gongkai.core.ports import SearchQuery, SearchResult
from gongkai.core.text.typed import one_line
from gongkai.search.services import find
from gongkai.search.synonyms import services
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("search_words", __name__, template_folder="../templates")
EXPLAINED = 10


@route(blueprint, "/admin/search-words/", permission=Permission.SETTINGS_MANAGE, methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """The list in force, or an earlier version to start from; what was looked at in the preview is saved."""
    known = services.words_in_force(current.uow())
    seen = known.version if known else 0
    if request.method != "POST":
        asked = request.args.get("version", "")
        shown = services.get_version(current.uow(), version=int(asked)) if _is_number(asked) else known
        lines = _with_word(shown.lines if shown else "", one_line(request.args.get("word", "")))
        return _page({"lines": lines, "seen": seen, "reason": "", "queries": ""}, {})
    values = _typed()
    try:
        version = services.save(
            current.uow(), actor=current.actor(), lines=values["lines"], reason=values["reason"], seen=_seen(values)
        )
    except Invalid as refusal:
        current.finish(commit=False)
        return _page(values, refusal.by_field()), 400
    flash(f"第{version}版检索用词已启用，公众检索随即按新用词进行。", "success")
    return redirect(url_for("search_words.index"))


@route(blueprint, "/admin/search-words/preview", permission=Permission.SETTINGS_MANAGE, methods=["POST"])
def preview() -> ResponseReturnValue:
    """What saving would change in the list and in the results of some queries."""
    values = _typed()
    if "back" in request.form:
        return _page(values, {})
    try:
        changes, trials = services.preview(
            current.services(),
            current.uow(),
            lines=values["lines"],
            reason=values["reason"],
            queries=values["queries"].splitlines(),
        )
    except Invalid as refusal:
        return _page(values, refusal.by_field()), 400
    crumbs = [("检索用词", url_for("search_words.index")), ("核对修改",)]
    return render_template("synonyms/preview.html", values=values, changes=changes, trials=trials, crumbs=crumbs)


@route(blueprint, "/admin/search-words/why", permission=Permission.SETTINGS_MANAGE)
def why() -> ResponseReturnValue:
    """The first results of a query with the reasons for their order."""
    typed = one_line(request.args.get("q", ""))
    errors: dict[str, str] = {}
    result = SearchResult((), 0)
    try:
        if typed:
            result = find(current.services(), current.uow(), SearchQuery(typed, size=EXPLAINED, explain=True))
    except Invalid as refusal:
        errors = refusal.by_field()
    crumbs = [("检索用词", url_for("search_words.index")), ("结果排序说明",)]
    shown = render_template("synonyms/why.html", typed=typed, result=result, errors=errors, crumbs=crumbs)
    return shown, 400 if errors else 200


def _with_word(lines: str, word: str) -> str:
    """The list with the beginning of a line for a word that citizens search for in vain."""
    begun = f"{word[: services.LONGEST_WORD]} > " if word else ""
    return "\n".join(filter(None, (lines, begun)))


def _typed() -> dict[str, str]:
    form = request.form
    lines = "\n".join(line.rstrip() for line in form.get("lines", "").replace("\x00", "").splitlines())
    return {
        "lines": lines.strip("\n"),
        "queries": form.get("queries", "").replace("\x00", ""),
        "reason": one_line(form.get("reason", "")),
        "seen": form.get("seen", ""),
    }


def _seen(values: Mapping[str, str]) -> int:
    return int(values["seen"]) if _is_number(values["seen"]) else -1


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 10


def _page(values: Mapping[str, object], errors: dict[str, str]) -> str:
    return render_template(
        "synonyms/index.html",
        values=values,
        errors=errors,
        versions=services.versions(current.uow()),
        time_words=format_datetime,
        crumbs=[("检索用词",)],
    )
