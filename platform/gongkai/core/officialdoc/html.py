"""An official document as an HTML fragment: the same words as the .docx, laid out by `officialdoc.css`."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from .layout import (
    addressee_line,
    annex_label,
    cell_run,
    clean,
    copied_to_text,
    has_imprint,
    note_text,
    numbered,
    printed_date_text,
    signature,
    text_width,
    title_lines,
)
from .model import Annex, Block, Heading, OfficialDocument, Paragraph, Run, Table

# Column widths are classes in steps of five percent, because pages allow no inline style.
_WIDTH_STEP = 5


def render_html(document: OfficialDocument) -> Markup:
    """Return the document as an `article` without inline styles, its texts escaped.

    The title is an `h2` and headings of level 1 to 4 are `h3` to `h6`: the page around it owns the `h1`.
    """
    return _element(
        "article",
        "doc",
        *_head(document),
        _element("div", "doc-body", *_main_part(document)),
        *(_annex(document.annexes, index) for index in range(len(document.annexes))),
        *_imprint(document),
    )


def _element(tag: str, classes: str, *content: Markup | str) -> Markup:
    return Markup('<{0} class="{1}">{2}</{0}>\n').format(tag, classes, Markup("").join(content))


def _text(text: str) -> Markup:
    return Markup("<br>").join(clean(text).split("\n"))


def _head(document: OfficialDocument) -> Iterable[Markup]:
    number = _element("p", "doc-number", _text(document.document_number or ""))
    if document.red_head:
        width = text_width(clean(document.agency_banner))
        size = "short" if width <= 12 else "medium" if width <= 18 else "long"
        banner = _element("p", f"doc-banner doc-banner-{size}", _text(document.agency_banner))
        yield _element("header", "doc-head", banner, number)
    yield _title(document.title)
    if document.document_number and not document.red_head:
        yield number


def _title(title: str) -> Markup:
    lines = (Markup('<span class="doc-title-line">{}</span>').format(line) for line in title_lines(title))
    return _element("h2", "doc-title", *lines)


def _main_part(document: OfficialDocument) -> Iterable[Markup]:
    if document.main_addressees:
        yield _element("p", "doc-addressees", _text(addressee_line(document.main_addressees)))
    yield from _blocks(document.blocks, clean(document.title).replace("\n", ""))
    if document.attachment_note:
        yield _attachment_note(document.attachment_note)
    lines = signature(document)
    yield _element(
        "div",
        "doc-signature",
        _element("p", "doc-signature-agency", lines.agency),
        _element("p", "doc-date", lines.date),
    )
    if document.disclosure_note:
        yield _element("p", "doc-note", note_text(document.disclosure_note))


def _attachment_note(names: Sequence[str]) -> Markup:
    label = _element("span", "doc-attachments-label", "附件：")
    if len(names) == 1:
        return _element("p", "doc-attachments", label, _text(names[0]))
    items = (Markup("<li>{}</li>").format(_text(name)) for name in names)
    return _element("div", "doc-attachments", label, _element("ol", "doc-attachment-list", *items))


def _blocks(blocks: Sequence[Block], label: str) -> Iterable[Markup]:
    """Yield the blocks; `label` names the tables that have no caption of their own."""
    for block in numbered(blocks):
        match block:
            case Heading(level, text):
                yield _element(f"h{level + 2}", f"doc-heading doc-heading-{level}", _text(text))
            case Paragraph(runs):
                yield _element("p", "doc-paragraph", *(_run(run) for run in runs))
            case Table():
                yield _table(block, label)


def _run(run: Run) -> Markup:
    text = _text(run.text)
    return text if run.href is None else Markup('<a href="{}">{}</a>').format(run.href, text)


def _table(table: Table, label: str) -> Markup:
    unit = _WIDTH_STEP * sum(column.width for column in table.columns) / 100
    widths = (max(1, round(column.width / unit)) * _WIDTH_STEP for column in table.columns)
    columns = Markup("").join(Markup('<col class="doc-w-{}">').format(width) for width in widths)
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(_text(c.title)) for c in table.columns)
    rows = (
        Markup("<tr>{}</tr>\n").format(
            Markup("").join(
                Markup('<td class="doc-align-{}">{}</td>').format(column.align, _run(cell_run(cell)))
                for cell, column in zip(row, table.columns, strict=True)
            )
        )
        for row in table.rows
    )
    caption = _element("caption", "doc-caption", _text(table.caption)) if table.caption else Markup("")
    # A wide table scrolls in its own region, which the keyboard must reach by name.
    return Markup(
        '<div class="doc-table-scroll" role="region" tabindex="0" aria-label="{}">\n'
        '<table class="doc-table">{}<colgroup>{}</colgroup>\n<thead><tr>{}</tr></thead>\n'
        "<tbody>\n{}</tbody></table></div>\n"
    ).format(clean(table.caption or label), caption, columns, head, Markup("").join(rows))


def _annex(annexes: Sequence[Annex], index: int) -> Markup:
    annex = annexes[index]
    label = annex_label(annexes, index)
    classes = "doc-annex doc-annex-landscape" if annex.landscape else "doc-annex"
    return _element(
        "section",
        classes,
        _element("p", "doc-annex-label", label),
        _title(annex.title),
        *_blocks(annex.blocks, f"{label} {clean(annex.title)}"),
    )


def _imprint(document: OfficialDocument) -> Iterable[Markup]:
    if not has_imprint(document):
        return
    rows = []
    if document.copied_to:
        rows.append(_element("p", "doc-copied", _text(f"抄送：{copied_to_text(document.copied_to)}")))
    if document.printed_by or document.printed_date:
        agency = Markup("<span>{}</span>").format(_text(document.printed_by or ""))
        printed = Markup("<span>{}</span>").format(printed_date_text(document))
        rows.append(_element("p", "doc-printed", agency, printed))
    yield _element("footer", "doc-imprint", *rows)
