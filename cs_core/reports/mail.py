"""A report as a written message with the whole page attached. Nothing is sent."""

from __future__ import annotations

import re
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape

from cs_core.charts import export
from cs_core.reports import html
from cs_core.reports.content import Report
from cs_core.reports.sheets import unmarked
from cs_core.text import plain, t

PICTURES = 4  # drawings shown in the letter itself


def render(report: Report) -> bytes:
    """An `.eml` file: plain text, the same as HTML with pictures inside, and the page attached."""
    language = report.request.language
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = plain(report.title)
    made = datetime.fromisoformat(report.request.made_at.replace("Z", "+00:00"))
    message["Date"] = format_datetime(made)
    message["X-Unsent"] = "1"  # mail programs open it as a draft
    lines = [report.title, report.holds, "", *report.request.note.splitlines(), ""]
    for section in report.sections:
        lines += [section.title, *(f"- {unmarked(line)}" for line in section.sentences)]
        lines += [f"  {tile.label}: {tile.value}" for tile in section.tiles]
        lines.append("")
    lines.append(t("report.attached", language))
    message.set_content("\n".join(map(plain, lines)))
    drawn = [figure for figure in report.figures() if figure.drawing is not None][:PICTURES]
    body = "".join(
        f'<h3>{escape(f.title)}</h3><img src="cid:{f.name}@keizoku" width="720"'
        f' alt="{escape(f"{f.title}. {f.line}")}">'
        for f in drawn
    )
    said = "".join(f"<p>{escape(plain(line)) or '&nbsp;'}</p>" for line in lines)
    message.add_alternative(
        f'<!doctype html><html lang="{language}"><body>{said}{body}</body></html>', subtype="html"
    )
    letter = message.get_payload()[1]  # type: ignore[index]
    for figure in drawn:
        assert figure.drawing is not None
        picture = export.png(figure.drawing, width=720, scale=1.5)
        letter.add_related(  # type: ignore[union-attr]
            picture, "image", "png", cid=f"<{figure.name}@keizoku>", disposition="inline"
        )
    name = re.sub(r"[^\w.-]+", "-", report.request.dataset or "report").strip("-") or "report"
    message.add_attachment(
        html.render(report).encode(),
        maintype="text",
        subtype="html",
        filename=f"{name}.html",
        params={"charset": "utf-8"},
    )
    return bytes(message)
