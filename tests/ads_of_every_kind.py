"""One ad in every format that is read, made here; the words are the same in all."""

from __future__ import annotations

import html
import io
import json
import zipfile

BODY = (
    "We need a rockstar &amp; a team player who will dominate the market.",
    "You will <strong>aggressively</strong> pursue new clients.",
)
ITEMS = ("Handle the post", "Be a coding ninja")
HTML = (
    f"<h2>About the role</h2>\n<p>{BODY[0]}</p><p>{BODY[1]}</p>"
    f"<ul><li>{ITEMS[0]}</li><li>{ITEMS[1]}</li></ul><p>Pay:&nbsp;&pound;30,000</p>"
)
PLAIN = (
    "About the role\n\nWe need a rockstar & a team player who will dominate the market.\n\n"
    "You will aggressively pursue new clients.\n\n- Handle the post\n- Be a coding ninja\n\n"
    "Pay: £30,000\n"
)
MARKDOWN = (
    "## About the role\n\nWe need a [rockstar](https://example.org/a) &amp; a team player who will "
    "dominate the market.\n\nYou will **aggressively** pursue new clients.\n\n* Handle the post\n"
    "* Be a coding *ninja*\n\nPay: £30,000\n"
)
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PAYLOADS: dict[str, dict[str, object]] = {
    "JobPosting": {"@type": "JobPosting", "title": "Agent", "description": HTML},
    "Greenhouse": {"id": 7, "title": "Agent", "content": html.escape(HTML)},
    "Lever": {
        "id": "l-1",
        "text": "Agent",
        "descriptionPlain": PLAIN.partition("- Handle")[0],
        "description": HTML.partition("<ul>")[0],
        "lists": [{"text": "Tasks", "content": HTML[HTML.index("<li>") : HTML.index("</ul>")]}],
        "additionalPlain": "Pay: £30,000",
    },
    "Workable": {"shortcode": "W1", "title": "Agent", "full_description": HTML},
    "SmartRecruiters": {
        "id": "s1",
        "name": "Agent",
        "jobAd": {"sections": {"jobDescription": {"title": "Job", "text": HTML}}},
    },
    "Ashby": {"id": "a1", "title": "Agent", "descriptionHtml": HTML},
    "plain": {"id": "p1", "text": PLAIN},
}


def word_file() -> bytes:
    """A Word file with runs, a list, a table of styles and a picture's worth of other parts."""

    def paragraph(*runs: str, item: bool = False) -> str:
        about = '<w:pPr><w:numPr><w:ilvl w:val="0"/></w:numPr></w:pPr>' if item else ""
        return f"<w:p>{about}{''.join(runs)}</w:p>"

    def run(text: str, bold: bool = False) -> str:
        style = "<w:rPr><w:b/></w:rPr>" if bold else ""
        return f'<w:r>{style}<w:t xml:space="preserve">{text}</w:t></w:r>'

    body = (
        paragraph(run("About the role"))
        + paragraph(run("We need a rock"), run("star", bold=True), run(BODY[0][18:]))
        + paragraph(run("You will "), run("aggressively", bold=True), run(" pursue new clients."))
        + paragraph(run(ITEMS[0]), item=True)
        + paragraph(run(ITEMS[1]), item=True)
        + paragraph(run("Pay: £30,000"))
    )
    main = f'<?xml version="1.0"?><w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", main)
        archive.writestr("word/media/logo.png", bytes(range(256)))
    return out.getvalue()


def pdf_file() -> bytes:
    """A PDF of one page, written by hand."""
    lines = "".join(f"({line.replace('£', 'GBP ')}) Tj T*\n" for line in PLAIN.splitlines() if line)
    stream = f"BT /F1 11 Tf 14 TL 40 760 Td\n{lines}ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, places = b"%PDF-1.4\n", list[int]()
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n"
        b"%%%%EOF\n" % (size, table, size, len(out))
    )


FILES: dict[str, bytes] = {
    "plain.txt": PLAIN.encode(),
    "html.txt": HTML.encode(),
    "escaped.txt": html.escape(HTML).encode(),
    "twice.txt": html.escape(html.escape(HTML)).encode(),
    "markdown.txt": MARKDOWN.encode(),
    "ad.md": MARKDOWN.encode(),
    "ad.html": f"<!doctype html><html><head><title>x</title></head><body>{HTML}</body>".encode(),
    "ad.docx": word_file(),
    "page.html": (
        f'<html><script type="application/ld+json">{json.dumps(PAYLOADS["JobPosting"])}</script>'
        f"<body><nav>Jobs</nav>{HTML}</body></html>"
    ).encode(),
    **{f"{name}.json": json.dumps(record).encode() for name, record in PAYLOADS.items()},
    "readable.json": json.dumps(PAYLOADS["Lever"], indent=2, ensure_ascii=False).encode(),
}
