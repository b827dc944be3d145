"""Whatever a person types wrongly: one line on standard error in their language, status 2."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "sample_data" / "golden"
FILE = str(GOLDEN / "retention.csv")

WRONG = {
    "no command": ([], "command"),
    "unknown command": (["simulate"], "simulate"),
    "unknown option": (["query", "churn", FILE, "--frm", "2024"], "--frm"),
    "option of another command": (["check", FILE, "--by", "plan"], "--by"),
    "option without value": (["query", "churn", FILE, "--by"], "--by"),
    "unknown language": (["metrics", "--lang", "fr"], "fr"),
    "unknown format": (["metrics", "--format", "xml"], "xml"),
    "no metric": (["query"], "METRIC"),
    "unknown metric": (["query", "happiness", FILE], "happiness"),
    "no file": (["check"], "FILE"),
    "neither file nor dataset": (["query", "churn"], "--dataset"),
    "both file and dataset": (["query", "churn", FILE, "--dataset", "a"], "--dataset"),
    "missing file": (["query", "churn", "nowhere.csv"], "nowhere.csv"),
    "folder": (["check", str(GOLDEN)], "golden"),
    "unknown dataset": (["query", "churn", "--dataset", "nobody"], "nobody"),
    "bad policy form": (["query", "churn", FILE, "--policy", "x"], "x"),
    "unknown policy": (["query", "churn", FILE, "--policy", "mood=good"], "mood"),
    "unknown policy value": (["query", "churn", FILE, "--policy", "trial=maybe"], "maybe"),
    "unknown preset": (["query", "churn", FILE, "--preset", "acme"], "acme"),
    "bad date": (["query", "churn", FILE, "--as-of", "2024-02-30"], "2024-02-30"),
    "bad label": (["query", "churn", FILE, "--from", "2024-13"], "2024-13"),
    "bad window": (["query", "retention", FILE, "--window", "a"], "a"),
    "window out of range": (["query", "retention", FILE, "--window", "0"], "0"),
    "bad period": (["query", "churn", FILE, "--period", "day"], "day"),
    "bad unit": (["query", "survival", FILE, "--unit", "year"], "year"),
    "bad spells": (["query", "survival", FILE, "--spells", "last"], "last"),
    "bad fiscal start": (["query", "churn", FILE, "--fiscal-start", "13"], "13"),
    "unknown column": (["query", "churn", FILE, "--by", "colour"], "colour"),
    "bad where": (["query", "churn", FILE, "--where", "plan"], "plan"),
    "log-rank of another metric": (["query", "churn", FILE, "--logrank"], "churn"),
    "unknown engine": (["sql", "churn", FILE, "--from-raw", "--engine", "abacus"], "abacus"),
    "explain without at": (["explain", "churn", FILE], "--at"),
    "import without name": (["import", FILE], "--dataset"),
    "dataset name with a slash": (["import", FILE, "--dataset", "a/b"], "a/b"),
    "set aside into nowhere": (
        ["import", FILE, "--dataset", "a", "--set-aside", "/no/such/out.csv"],
        "out.csv",
    ),
    "mapping missing": (["check", FILE, "--mapping", "none.toml"], "none.toml"),
    "mapping not TOML": (["check", FILE, "--mapping", FILE], "retention.csv"),
    "unknown encoding": (["check", FILE, "--encoding", "klingon"], "klingon"),
    "unknown date order": (["check", FILE, "--date-order", "ydm"], "ydm"),
    "fit without model": (["fit", FILE], "--model"),
    "fit with unknown model": (["fit", FILE, "--model", "magic"], "magic"),
    "demo without folder": (["demo"], "--out"),
    "demo too large": (["demo", "--out", "x", "--accounts", "99999999999"], "99999999999"),
    "demo over a file": (["demo", "--out", FILE], "retention.csv"),
    "workspace without action": (["workspace"], "list"),
    "workspace unknown action": (["workspace", "burn"], "burn"),
    "workspace delete without name": (["workspace", "delete"], "NAME"),
    "workspace delete unknown": (["workspace", "delete", "nobody"], "nobody"),
    "workspace restore missing": (["workspace", "restore", "none.zip"], "none.zip"),
    "too many words": (["metrics", "now"], "now"),
    "too many words after delete": (["workspace", "delete", "a", "b"], "b"),
}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("words", "named"), WRONG.values(), ids=WRONG)
def test_one_line_that_names_what_is_wrong(run, words, named, language):
    done = run(*words, *([] if "--lang" in words else ["--lang", language]))
    assert done.status == 2
    assert done.out == ""
    assert re.fullmatch(r"[^\n]+\n", done.err)
    assert "Traceback" not in done.err
    # What stands there is a sentence, not the code of an error or the name of an exception.
    assert not re.match(r"[a-z_.]+ \{", done.err)
    assert "--debug" not in done.err
    if named not in ("command", "list"):
        assert named in done.err
    japanese = re.search("[ぁ-ん]", done.err) is not None
    assert japanese == (language == "ja" and "--lang" not in words)


def test_debug_shows_the_traceback(run):
    from cs_core.errors import UsageError

    with pytest.raises(UsageError, check=lambda error: error.code == "unknown_metric"):
        run("query", "happiness", FILE, "--debug")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_installed_command_says_that_it_starts_the_app(run, monkeypatch, language):
    monkeypatch.setattr("sys.argv", ["/usr/bin/keizoku"])
    assert "STREAMLIT_SERVER_PORT" in run("--help", "--lang", language).out
    monkeypatch.setattr("sys.argv", ["cs_core"])  # which shows the help instead
    assert "STREAMLIT_SERVER_PORT" not in run("--help", "--lang", language).out


@pytest.mark.parametrize("language", ["en", "ja"])
def test_help_lists_every_option_of_a_command(run, language):
    from cs_core.cli.arguments import COMMANDS, OPTIONS

    everything = run("--help", "--lang", language)
    assert everything.status == 0
    for command in COMMANDS:
        assert f"  {command} " in everything.out
        shown = run(command, "--help", "--lang", language).out
        for option in OPTIONS:
            expected = command in option.commands
            assert (re.search(rf"^  {option.name}\b(?!-)", shown, re.M) is not None) == expected
    assert run("--help", "--lang", "ja").out != run("--help", "--lang", "en").out


BAD_FILES = {
    "empty.csv": b"",
    "header_only.csv": b"account_id,start_date,mrr\n",
    "binary.csv": bytes(range(256)) * 40,
    "page.csv": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "quote.csv": b'account_id,start_date,mrr\nA,2024-01-01,1\nB,"2024-01-01,2\nC,2024-01-02,3\n',
}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", BAD_FILES)
def test_an_unusable_file_leaves_the_previous_dataset(run, tmp_path, name, language):
    run("import", FILE, "--dataset", "acme").json  # noqa: B018 - checks the status
    before = run("query", "mrr_movements", "--dataset", "acme").json
    bad = tmp_path / name
    bad.write_bytes(BAD_FILES[name])
    done = run("import", bad, "--dataset", "acme", "--lang", language)
    assert done.status == 2
    assert done.out == ""
    assert re.fullmatch(r"[^\n]+\n", done.err)
    assert name in done.err
    assert str(tmp_path) not in done.err
    assert run("query", "mrr_movements", "--dataset", "acme").json == before
    assert run("workspace", "list").json[0]["version"] == 1


def test_data_that_cannot_answer_is_status_1(run, tmp_path):
    tenures = tmp_path / "tenures.csv"
    tenures.write_text("customerID,tenure,Churn,MonthlyCharges\nA,3,Yes,10\nB,5,No,20\n")
    done = run("query", "mrr_movements", tenures)
    assert done.status == 1
    assert done.out == ""
    assert re.fullmatch(r"[^\n]+\n", done.err)
    early = run("query", "churn", FILE, "--as-of", "2020-01-01")
    assert early.status == 1


def test_a_file_name_cannot_break_the_line(run):
    done = run("check", "no\nsuch\u202efile.csv")
    assert done.status == 2
    assert re.fullmatch(r"[^\n\u202e]+\n", done.err)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_everything_that_has_a_name_is_explained(run, language):
    from cs_core.cli.arguments import COMMANDS
    from cs_core.domain.policies import PRESETS, VALUES
    from cs_core.metrics import catalogue

    for name in (*COMMANDS, *catalogue(), *VALUES, *PRESETS):
        done = run("help", name, "--lang", language)
        assert done.status == 0, done.err
        assert name in done.out
    assert {row["name"] for row in run("policies").json} == set(VALUES)
    stripe = next(row for row in run("presets").json if row["name"] == "stripe")
    assert stripe["policies"] == dict(PRESETS["stripe"].policies)
    assert [row["name"] for row in run("metrics", "churn", "ltv").json] == ["churn", "ltv"]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["qeury", "churn"], "query"),
        (["query", "chrun", FILE], "churn"),
        (["query", "churn", FILE, "--prest", "stripe"], "--preset"),
        (["query", "churn", FILE, "--preset", "strip"], "stripe"),
        (["query", "churn", FILE, "--policy", "trail=counted"], "trial"),
        (["query", "churn", FILE, "--policy", "trial=counte"], "counted"),
        (["query", "churn", FILE, "--period", "moth"], "month"),
        (["plays", "lst"], "list"),
        (["help", "past-due"], "past_due"),
    ],
)
def test_the_word_that_was_meant_is_named(run, words, meant):
    done = run(*words)
    assert done.status == 2
    assert done.err.endswith(f"Did you mean “{meant}”?\n")


def test_completion_knows_what_can_be_typed(run):
    import shutil
    import subprocess

    for shell in ("bash", "zsh", "fish"):
        script = run("completion", shell).out
        assert "mrr_movements" in script
        assert "baremetrics" in script
    if shell := shutil.which("bash"):
        asked = "COMP_WORDS=(keizoku query churn --preset str); COMP_CWORD=4; _keizoku"
        lines = f"{run('completion', 'bash').out}\n{asked}\necho ${{COMPREPLY[@]}}"
        done = subprocess.run([shell, "-c", lines], capture_output=True, text=True, check=True)
        assert done.stdout == "stripe\n"
    assert run("completion", "tcsh").status == 2
