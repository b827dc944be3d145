"""What `help` and `--help` show: the commands, one command with its options, or what a metric, a
policy or a preset means."""

from __future__ import annotations

import sys
from pathlib import Path

from cs_core.cli.arguments import COMMANDS, EXAMPLES, OPTIONS
from cs_core.errors import UsageError
from cs_core.text import t


def help_text(word: str, language: str) -> str:
    """Raises UsageError for a word that is no command, metric, policy or preset."""
    from cs_core.domain.policies import PRESETS, VALUES
    from cs_core.metrics import catalogue
    from cs_core.metrics.own import own_metrics

    if not word:
        return _everything(language)
    if word in COMMANDS:
        return _command(word, language)
    if word in catalogue() or word in own_metrics():
        return _metric(word, language)
    if word in VALUES:
        return _policy(word, language)
    if word in PRESETS:
        return _preset(word, language)
    known = ", ".join([*COMMANDS, *catalogue(), *VALUES, *PRESETS])
    raise UsageError("unknown_command", command=word, known=known)


def _program() -> str:
    return "keizoku" if Path(sys.argv[0]).stem == "keizoku" else "python -m cs_core"


def _everything(language: str) -> str:
    program, width = _program(), max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {t(f'cli.command.{name}', language)}" for name in COMMANDS]
    more = t("cli.more", language, program=program)
    start = [t("cli.start", language)] if program == "keizoku" else []
    return "\n".join([f"{program} COMMAND …", "", *lines, "", more, *start])


def _command(name: str, language: str) -> str:
    shown = [
        (f"{option.name} {option.value}".strip(), t(f"cli.option.{option.name[2:]}", language))
        for option in OPTIONS
        if name in option.commands
    ]
    width = max(len(usage) for usage, _ in shown)
    lines = [f"  {usage:{width}}  {text}" for usage, text in shown]
    usage = f"{_program()} {name} {COMMANDS[name]}".rstrip()
    found = [f"  {_program()} {example}" for example in EXAMPLES if example.split()[0] == name]
    examples = ["", t("cli.help.examples", language), *found] if found else []
    return "\n".join([usage, "", t(f"cli.command.{name}", language), "", *lines, *examples])


def _metric(name: str, language: str) -> str:
    from cs_core.metrics.catalogue import metric_of

    metric = metric_of(name)
    heeded = ", ".join(metric.parameters)
    return "\n".join(
        [
            f"{name}: {metric.said('title', language)}",
            "",
            metric.said("definition", language),
            "",
            t("cli.help.grain", language, grain=metric.grain, unit=metric.unit),
            t("cli.help.heeds", language, options=heeded),
        ]
    )


def _policy(name: str, language: str) -> str:
    from cs_core.domain.policies import PRESETS, VALUES, Policies

    title = t(f"filter.policy.{name}.title", language)
    default = getattr(Policies(), name)
    lines = [f"  {value}" for value in VALUES[name]]
    setting = [f"  {p.name}: {p.policies[name]}" for p in PRESETS.values() if name in p.policies]
    usual = t("cli.help.default", language, value=default)
    presets = ["", t("cli.help.set_by", language), *setting] if setting else []
    return "\n".join([f"{name}: {title} …", "", *lines, "", usual, *presets])


def _preset(name: str, language: str) -> str:
    from cs_core.domain.policies import PRESETS

    preset = PRESETS[name]
    lines = [f"  {policy} = {value}" for policy, value in preset.policies.items()]
    return "\n".join(
        [
            f"{name}: {t(f'filter.preset.{name}', language)}",
            "",
            t(f"preset.{name}.note", language),
            t(f"preset.{name}.rest", language),
            "",
            *(lines or [t("cli.help.defaults", language)]),
            *preset.sources,
        ]
    )
