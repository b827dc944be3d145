"""What `--help` shows: the commands, or one command with its options."""

from __future__ import annotations

import sys
from pathlib import Path

from cs_core.cli.arguments import COMMANDS, OPTIONS
from cs_core.errors import UsageError
from cs_core.text import t


def help_text(command: str, language: str) -> str:
    """Raises UsageError for a command that does not exist."""
    program = "keizoku" if Path(sys.argv[0]).stem == "keizoku" else "python -m cs_core"
    if not command:
        width = max(map(len, COMMANDS))
        lines = [f"  {name:{width}}  {t(f'cli.command.{name}', language)}" for name in COMMANDS]
        return "\n".join(
            [f"{program} COMMAND …", "", *lines, "", t("cli.more", language, program=program)]
        )
    if command not in COMMANDS:
        raise UsageError("unknown_command", command=command, known=", ".join(COMMANDS))
    shown = [
        (f"{option.name} {option.value}".strip(), t(f"cli.option.{option.name[2:]}", language))
        for option in OPTIONS
        if command in option.commands
    ]
    width = max(len(usage) for usage, _ in shown)
    lines = [f"  {usage:{width}}  {text}" for usage, text in shown]
    usage = f"{program} {command} {COMMANDS[command]}".rstrip()
    return "\n".join([usage, "", t(f"cli.command.{command}", language), "", *lines])
