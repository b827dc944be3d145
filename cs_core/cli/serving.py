"""`mcp`: answers an assistant on this machine until it closes the connection."""

from __future__ import annotations

from typing import Any

from cs_core.cli.arguments import Arguments


def mcp(arguments: Arguments, language: str) -> Any:
    from cs_core.assistants.server import serve
    from cs_core.cli.commands import Text, opened

    with opened(arguments, arguments.words) as dataset:
        serve(dataset, names=arguments.switch("--names"))
    return Text("")
