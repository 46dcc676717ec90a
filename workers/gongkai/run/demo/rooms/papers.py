"""Files that the demonstration's people attach: a scanned sheet, a Word document, tables."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO

import docx

_LINES = (
    "0.6 w 70 760 455 -640 re S",
    *(f"70 {height} m 525 {height} l S" for height in (720, 680, 640, 480, 320, 160)),
    "190 760 m 190 120 l S",
    "0.8 0.1 0.1 RG 2 w 392 200 m 392 232 366 258 334 258 c 302 258 276 232 276 200 c",
    "276 168 302 142 334 142 c 366 142 392 168 392 200 c S",
)
_OBJECTS = (
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
)


def scan() -> bytes:
    """A PDF of one page that looks like a signed form: its lines and a seal, no names."""
    drawn = "\n".join(_LINES)
    objects = (*_OBJECTS, f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    data, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return data + f"{end}startxref\n{len(data)}\n%%EOF\n".encode()


def word(*paragraphs: str) -> bytes:
    """A Word document."""
    made = docx.Document()
    for paragraph in paragraphs:
        made.add_paragraph(paragraph)
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A table with commas, as UTF-8."""
    buffer = StringIO(newline="")
    csv.writer(buffer).writerows([header, *rows])
    return buffer.getvalue().encode("utf-8-sig")
