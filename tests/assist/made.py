"""Material for tests."""

COURSE = {
    "plants.md": """# 光合作用
## 定义
光合作用是植物利用光能把二氧化碳和水变成葡萄糖并放出氧气的过程。例如，水稻在白天进行光合作用。
## 场所
光合作用在叶绿体中进行。叶绿素主要吸收红光和蓝光。
""",
    "newton.html": "<h1>力学</h1><p>牛顿第二定律说明力等于质量乘以加速度。</p>"
    "<p>牛顿在1687年发表了《自然哲学的数学原理》。</p><script>alert('隐藏')</script>",
    "history.txt": "唐朝建立于618年。\n\n李白是唐朝的诗人，字太白。\n\n长安是唐朝的都城。",
    "nets.vtt": """WEBVTT

00:01.000 --> 00:04.000
A neural network is a function with many parameters.

12:34.500 --> 12:40.000
Gradient descent updates the weights step by step.

1:02:03.000 --> 1:02:09.000
For example, a learning rate of 0.1 makes large steps.
""",
}


def pdf_of(pages: list[str]) -> bytes:
    """The smallest PDF with some lines of text on each page."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    font = 3 + 2 * len(pages)
    for at, words in enumerate(pages):
        lines = words.replace("\n", ") Tj 0 -14 Td (")
        stream = f"BT /F1 12 Tf 72 720 Td ({lines}) Tj ET".encode()
        kids.append(f"{3 + 2 * at} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {4 + 2 * at} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(pages)} >>".encode()
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    out = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    begin = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        begin,
    )
