"""`completion SHELL`: the script that completes commands, options and their values.

source <(keizoku completion bash)        zsh: the same;  fish: keizoku completion fish | source
"""

from __future__ import annotations

from collections.abc import Callable

from cs_core.cli.arguments import COMMANDS, OPTIONS, Option
from cs_core.domain.policies import PRESETS
from cs_core.metrics import catalogue

PROGRAM = "keizoku"
_OF_METRICS = ("query", "sql", "explain", "metrics", "help")


def script(shell: str) -> str:
    return SHELLS[shell]()


def _values(option: Option) -> list[str]:
    """The words an option can take, where they are few and known."""
    if option.name == "--preset":
        return [*PRESETS]
    if option.name == "--metric":
        return [*catalogue()]
    words = option.value.split("|")
    return (
        words if len(words) > 1 and all(word.islower() or word.isdigit() for word in words) else []
    )


def _words(command: str) -> list[str]:
    options = [option.name for option in OPTIONS if command in option.commands]
    actions = [word.split()[0] for word in COMMANDS[command].split(" | ") if word[:1].islower()]
    return [*(catalogue() if command in _OF_METRICS else ()), *actions, *options]


def _bash() -> str:
    values = "\n".join(
        f'    {option.name}) COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$word")); return ;;'
        for option in OPTIONS
        if (words := _values(option))
    )
    commands = "\n".join(
        f'    {name}) COMPREPLY=($(compgen -W "{" ".join(_words(name))}" -- "$word")) ;;'
        for name in COMMANDS
    )
    return f"""_{PROGRAM}() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{" ".join(COMMANDS)}" -- "$word")); return
  fi
  case "$before" in
{values}
  esac
  case "${{COMP_WORDS[1]}}" in
{commands}
  esac
}}
complete -o default -F _{PROGRAM} {PROGRAM}"""


def _zsh() -> str:
    return f"autoload -U +X bashcompinit && bashcompinit\n{_bash()}"


def _fish() -> str:
    used = f"complete -c {PROGRAM} -n"
    lines = [f"{used} __fish_use_subcommand -a '{' '.join(COMMANDS)}'"]
    for option in OPTIONS:
        commands = f"'__fish_seen_subcommand_from {' '.join(option.commands)}'"
        words = _values(option)
        takes = f" -x -a '{' '.join(words)}'" if words else " -r" if option.value else ""
        lines.append(f"{used} {commands} -l {option.name[2:]}{takes}")
    for name in COMMANDS:
        if words := [word for word in _words(name) if not word.startswith("--")]:
            lines.append(f"{used} '__fish_seen_subcommand_from {name}' -a '{' '.join(words)}'")
    return "\n".join(lines)


SHELLS: dict[str, Callable[[], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
