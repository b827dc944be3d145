"""What is written into HTML files that run on their own: data, and what their policy allows."""

from __future__ import annotations

import base64
import hashlib
import json


def json_inside(value: object) -> str:
    """JSON that no text inside can end: `<`, `>`, `&` and the line ends of JavaScript escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


def source_hash(text: str) -> str:
    """The name by which a content policy allows this script or style sheet."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
