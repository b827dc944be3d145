"""A small company whose account names are what somebody who means harm would write."""

from __future__ import annotations

from pathlib import Path

HOSTILE = (
    "![x](https://evil.example/a.png)",
    "<img src=https://evil.example/b.png onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "[click](javascript:alert(1))",
    '=HYPERLINK("https://evil.example","x")',
    ":red[boo] :material/delete: $\\frac{1}{2}$",
    "**bold** # heading",
    "https://evil.example/c",
    "\u202egnp.exe",
    "<svg onload=alert(1)>",
    "<iframe src=https://evil.example/d></iframe>",
    "<a href='https://evil.example/e'>x</a>",
    "[![x](https://evil.example/f.png)](https://evil.example)",
    "![x][ref]\\n\\n[ref]: https://evil.example/g.png",
    "<https://evil.example/h>",
    "www.evil.example",
    "mail@evil.example",
    "<style>@import 'https://evil.example/i.css';</style>",
    "<link rel=stylesheet href=https://evil.example/j.css>",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "';alert(1);//",
    '"><script>alert(1)</script>',
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "@SUM(1+1)*cmd|'/c calc'!A0",
    "＝cmd|' /C calc'!A0",
    "Robert'); DROP TABLE lines;--",
    "\u200b\u200dzero\ufeffwidth\u0007",
    ":rainbow-background[x] ~~struck~~ `code` | a | b |",
)
# Headers that a tooltip, a link or a statement could take for its own.
HOSTILE_HEADERS = (
    "image",
    "url",
    "href",
    "![h](https://evil.example/k.png)",
    "<img src=https://evil.example/l.png>",
    '"; drop table lines; --',
    "</script><script>alert(2)</script>",
)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def write_subscriptions(path: Path) -> None:
    """Forty accounts that join month by month in 2023; every fifth leaves after seven months."""
    more = "".join(f",{_quoted(header)}" for header in HOSTILE_HEADERS)
    lines = [f"account_id,name,plan,start_date,end_date,mrr,currency{more}"]
    for number in range(40):
        month = number % 12 + 1
        end = f"2023-{month + 7:02}-10" if month + 7 <= 12 else f"2024-{month - 5:02}-10"
        left = end if number % 5 == 0 else ""
        plan = ("Starter", "Growth")[number % 2]
        name = _quoted(HOSTILE[number % len(HOSTILE)])
        values = "".join(
            f",{_quoted(HOSTILE[(number // 10 + place) % len(HOSTILE)])}"
            for place in range(len(HOSTILE_HEADERS))
        )
        mrr = 1000 + 100 * number
        lines.append(f"A{number:03},{name},{plan},2023-{month:02}-05,{left},{mrr},JPY{values}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
