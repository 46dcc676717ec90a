"""Files of pages, made small: presentations and OFD documents."""

from collections.abc import Mapping, Sequence

from tests.core.extraction.samples import archive

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_P = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    f'xmlns:r="{_KINDS}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def paragraph(*runs: str) -> str:
    """A paragraph of a slide."""
    return f"<a:p>{''.join(f'<a:r><a:t>{run}</a:t></a:r>' for run in runs)}</a:p>"


def slides(
    pages: Sequence[str],
    *,
    notes: Mapping[int, str] | None = None,
    hidden: Sequence[int] = (),
    listed: Sequence[int] = (),
    more: Mapping[str, bytes] | None = None,
) -> bytes:
    """A .pptx with slides of this XML; `listed` is their order, by numbers that begin with 1."""
    order = listed or range(1, len(pages) + 1)
    entries = "".join(f'<p:sldId id="{255 + number}" r:id="r{number}"/>' for number in order)
    members = {
        "[Content_Types].xml": b"<Types/>",
        "ppt/presentation.xml": f"<p:presentation {_P}><p:sldIdLst>{entries}</p:sldIdLst></p:presentation>".encode(),
        "ppt/_rels/presentation.xml.rels": _related(
            {f"r{number}": ("slide", f"slides/slide{number}.xml") for number in range(1, len(pages) + 1)}
        ),
    }
    for number, page in enumerate(pages, 1):
        show = ' show="0"' if number in hidden else ""
        members[f"ppt/slides/slide{number}.xml"] = f"<p:sld {_P}{show}>{page}</p:sld>".encode()
    for number, words in (notes or {}).items():
        target = {"n": ("notesSlide", f"../notesSlides/notesSlide{number}.xml")}
        members[f"ppt/slides/_rels/slide{number}.xml.rels"] = _related(target)
        members[f"ppt/notesSlides/notesSlide{number}.xml"] = f"<p:notes {_P}>{words}</p:notes>".encode()
    return archive(members | dict(more or {}))


def _related(targets: Mapping[str, tuple[str, str]]) -> bytes:
    entries = "".join(
        f'<Relationship Id="{key}" Type="{_KINDS}/{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_RELATIONS}">{entries}</Relationships>'.encode()


def drawn(text: str, y: float, *, boundary: float = 0.0, more: str = "") -> str:
    """A text object of a page with one piece, its baseline `boundary` + `y` below the top."""
    return (
        f'<ofd:TextObject Boundary="20 {boundary} 170 10" Size="5"{more}>'
        f'<ofd:TextCode X="0" Y="{y}">{text}</ofd:TextCode></ofd:TextObject>'
    )


def ofd(
    *pages: str,
    template: str = "",
    root: str = "Doc_0/Document.xml",
    listed: Sequence[int] = (),
    prolog: str = "",
    more: Mapping[str, bytes] | None = None,
) -> bytes:
    """An .ofd with pages of these objects, on one template where there is one."""
    order = listed or range(len(pages))
    entries = "".join(f'<ofd:Page ID="{n + 10}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in order)
    common = '<ofd:CommonData><ofd:TemplatePage ID="2" BaseLoc="Tpls/Tpl_0/Content.xml"/></ofd:CommonData>'
    use = '<ofd:Template TemplateID="2" ZOrder="Background"/>' if template else ""
    members = {
        "OFD.xml": f"{prolog}<ofd:OFD {OFD}><ofd:DocBody><ofd:DocRoot>{root}</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {OFD}>{common}<ofd:Pages>{entries}</ofd:Pages></ofd:Document>",
        "Doc_0/Tpls/Tpl_0/Content.xml": _page(template),
    }
    members |= {f"Doc_0/Pages/Page_{n}/Content.xml": _page(objects, use) for n, objects in enumerate(pages)}
    return archive({name: content.encode() for name, content in members.items()} | dict(more or {}))


def _page(objects: str, use: str = "") -> str:
    layer = f"<ofd:Content><ofd:Layer><ofd:PageBlock>{objects}</ofd:PageBlock></ofd:Layer></ofd:Content>"
    return f"<ofd:Page {OFD}>{use}{layer}</ofd:Page>"
