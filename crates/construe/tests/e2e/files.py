"""Files of documents in the plainest way there is, and some that mean no good."""

import io
import json
import random
import struct
import zipfile
import zlib


def pdf(pages):
    """A PDF with one line of text on each page."""
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        None,
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    kids = []
    for text in pages:
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        stream = f"BT /F1 12 Tf 72 700 Td ({escaped}) Tj ET"
        objects.append(f"<</Length {len(stream)}>>stream\n{stream}\nendstream")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {len(objects)} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(pages)}>>"
    body, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj{content}endobj\n"
    start = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    body += "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    body += f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    return body.encode("latin-1")


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def docx(text, padding=0):
    """A Word document of one paragraph; `padding` blanks in it pack to next to nothing."""
    body = f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    types = f'<Override PartName="/word/document.xml" ContentType="{MAIN}"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{CONTENT_TYPES}">{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{RELATIONSHIPS}">'
        f'<Relationship Id="r1" Type="{OFFICE}" Target="word/document.xml"/></Relationships>',
        "word/document.xml": body,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            with archive.open(name, "w", force_zip64=True) as part:
                head, _, tail = (
                    content.partition(text) if padding and name == "word/document.xml" else (content, "", "")
                )
                part.write(head.encode())
                for _ in range(padding >> 20):
                    part.write(b" " * (1 << 20))
                part.write(tail.encode())
    return packed.getvalue()


def textract(lines, version="DetectDocumentTextModelVersion"):
    """What Amazon Textract answers for a page with these lines, as far as it counts for a reader."""
    page, blocks = {"BlockType": "PAGE", "Id": "page", "Page": 1, "Relationships": []}, []

    def block(kind, number, text, left, top, width):
        bounds = {"Left": left, "Top": top, "Width": width, "Height": 0.02}
        found = {"BlockType": kind, "Id": f"{kind}-{number}", "Text": text, "Page": 1, "Confidence": 99.5}
        blocks.append(found | {"Geometry": {"BoundingBox": bounds, "Polygon": []}})
        return blocks[-1]

    for row, text in enumerate(lines):
        top, words = 0.1 + 0.03 * row, text.split()
        line = block("LINE", row, text, 0.1, top, 0.8)
        step = 0.8 / len(words)
        ids = [
            block("WORD", f"{row}-{column}", word, 0.1 + step * column, top, 0.9 * step)["Id"]
            for column, word in enumerate(words)
        ]
        line["Relationships"] = [{"Type": "CHILD", "Ids": ids}]
    lines_of_page = [found["Id"] for found in blocks if found["BlockType"] == "LINE"]
    page["Relationships"] = [{"Type": "CHILD", "Ids": lines_of_page}]
    return json.dumps({"DocumentMetadata": {"Pages": 1}, "Blocks": [page, *blocks], version: "1.0"}).encode()


def noise_png(width=200, height=200):
    """A grey image in which there is nothing to read."""
    random_ = random.Random(1)
    rows = b"".join(b"\0" + random_.randbytes(width) for _ in range(height))

    def chunk(name, content):
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
