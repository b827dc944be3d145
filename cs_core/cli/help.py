"""What `--help` shows: the commands, or one command with its options."""

from __future__ import annotations

from cs_core.cli.arguments import COMMANDS, OPTIONS
from cs_core.errors import UsageError
from cs_core.text import t


def help_text(command: str, language: str) -> str:
    """Raises UsageError for a command that does not exist."""
    if not command:
        width = max(map(len, COMMANDS))
        lines = [f"  {name:{width}}  {t(f'cli.command.{name}', language)}" for name in COMMANDS]
        return "\n".join(["python -m cs_core COMMAND …", "", *lines, "", t("cli.more", language)])
    if command not in COMMANDS:
        raise UsageError("unknown_command", command=command, known=", ".join(COMMANDS))
    shown = [
        (f"{option.name} {option.value}".strip(), t(f"cli.option.{option.name[2:]}", language))
        for option in OPTIONS
        if command in option.commands
    ]
    width = max(len(usage) for usage, _ in shown)
    lines = [f"  {usage:{width}}  {text}" for usage, text in shown]
    usage = f"python -m cs_core {command} {COMMANDS[command]}".rstrip()
    return "\n".join([usage, "", t(f"cli.command.{command}", language), "", *lines])
