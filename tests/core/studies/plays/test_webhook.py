"""The one connection that leaves: to the address given, in bounded time, and nowhere else."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cs_core.cli import main
from cs_core.errors import UsageError
from cs_core.reports import webhook
from cs_core.studies.plays import conditions as ask
from cs_core.studies.plays.play import Play
from cs_core.workspace.plays import save_play

SECRET = "T000-secret-B000"


class Receiver:
    """Answers each request with the next of `answers` (a status, or "hang"), then the last."""

    def __init__(self, *answers: int | str) -> None:
        self.answers, self.got = list(answers), list[tuple[str, dict, bytes]]()
        self.address = ""


@contextmanager
def receiving(*answers: int | str) -> Iterator[Receiver]:
    receiver = Receiver(*answers)
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((self.path, dict(self.headers), body))
            answers = receiver.answers
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if answer == "hang":
                released.wait(20)
                return
            self.send_response(int(answer))
            if 300 <= int(answer) < 400:
                self.send_header("Location", receiver.address + "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            receiver.got.append((self.path, {}, b""))
            self.send_error(405)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.address = f"http://127.0.0.1:{server.server_address[1]}/{SECRET}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        released.set()
        server.shutdown()
        server.server_close()


def no_wait(_: float) -> None:
    pass


def test_delivered_as_slack_takes_it() -> None:
    with receiving(200) as receiver:
        done = webhook.post(receiver.address, "*継続* & <b>")
    assert (done.sent, done.status, done.attempts) == (True, 200, 1)
    ((path, headers, body),) = receiver.got
    assert path == f"/{SECRET}"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(body) == {"text": "*継続* & <b>"}


@pytest.mark.parametrize("passing", [500, 503, 429])
def test_a_passing_fault_is_tried_again(passing: int) -> None:
    waits: list[float] = []
    with receiving(passing, passing, 200) as receiver:
        done = webhook.post(receiver.address, "x", waits.append)
    assert (done.sent, done.attempts, len(receiver.got)) == (True, 3, 3)
    assert waits == [0.5, 1.0]


@pytest.mark.parametrize(("status", "tries"), [(500, 3), (400, 1), (404, 1)])
def test_a_lasting_fault_is_told(status: int, tries: int) -> None:
    with receiving(status) as receiver:
        done = webhook.post(receiver.address, "x", no_wait)
    assert (done.code, done.status, done.attempts) == ("refused", status, tries)
    assert len(receiver.got) == tries


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with receiving(status) as receiver:
        done = webhook.post(receiver.address, "x", no_wait)
    assert (done.code, len(receiver.got)) == ("redirected", 1)


def test_a_receiver_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT", 0.2)
    began = time.monotonic()
    with receiving("hang") as receiver:
        done = webhook.post(receiver.address, "x", no_wait)
        assert (done.code, done.attempts) == ("timed_out", 3)
        assert time.monotonic() - began < 5
    assert len(receiver.got) == 3


def test_nobody_there() -> None:
    with receiving(200) as receiver:
        pass
    done = webhook.post(receiver.address, "x", no_wait)
    assert (done.code, done.attempts) == ("unreachable", 3)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "hooks.slack.com/x",
        "http://hooks.example.test/x",
        "http://169.254.169.254/x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "https://",
        "https://user:secret@example.test/x",
        "https://example.test:port/x",
        "https://example.test/a b",
        "https://example.test/a\r\nHost: x",
        "https://exämple.test/x",
    ],
)
def test_no_address(address: str) -> None:
    with pytest.raises(UsageError, check=lambda error: error.code == "webhook_address") as raised:
        webhook.post(address, "x", no_wait)
    assert not raised.value.fields


def test_what_files_say_means_nothing_to_slack() -> None:
    said = webhook.escaped(
        "<!channel> *bold* _it_ ~no~ `code` http://x.test <@U1> a&b\n\u202e:smile:"
    )
    for live in ("<", ">", "*bold*", "_it_", "~no~", "`code`", "http://", "@U", ":smile:", "\n"):
        assert live not in said
    assert "a&amp;b" in said


@pytest.fixture
def on(workspace, stored) -> None:
    play = Play("*Large*", (ask.MrrAtLeast(30),))
    save_play(workspace, stored.id, play.name, play.as_json(), is_on=True)


def test_digest_is_posted_when_it_is_asked_for(workspace, stored, on, capsys, caplog) -> None:
    with receiving(200) as receiver:
        assert main(["digest", "--dataset", "ours", "--format", "json"]) == 0
        assert receiver.got == []
        capsys.readouterr()
        words = ["digest", "--dataset", "ours", "--format", "json", "--webhook"]
        assert main([*words, receiver.address]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["webhook"] == {"sent": True, "attempts": 1, "status": 200}
        text = json.loads(receiver.got[0][2])["text"]
        assert "*Large*" not in text
        assert found["new_tasks"][0]["name"] in text
        webhook.save(workspace, receiver.address)
        assert main([*words, "saved"]) == 0
        assert len(receiver.got) == 2
    assert SECRET not in caplog.text


def test_a_digest_that_cannot_be_sent_is_still_there(
    workspace, stored, on, capsys, monkeypatch
) -> None:
    monkeypatch.setattr(webhook, "WAIT", 0)
    with receiving(500) as receiver:
        words = ["digest", "--dataset", "ours", "--format", "json"]
        assert main([*words, "--webhook", receiver.address]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["webhook"] == {"sent": False, "attempts": 3, "status": 500}
    assert len(said.err.splitlines()) == 1
    assert SECRET not in said.err
    assert SECRET not in said.out


def test_digest_says_the_same_twice_and_what_changed(workspace, stored, on, capsys) -> None:
    """The day before it, other scores were kept: who has another colour now has changed."""
    from datetime import timedelta
    from decimal import Decimal

    from cs_core.workspace.scores import Score, keep_scores, scores_on
    from tests.core.studies.plays import company

    words = ["digest", "--dataset", "ours", "--format", "json"]
    assert main(words) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["since"] is None
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out) == first
    end = company.made(1).end
    today = scores_on(workspace, stored.id, end, 90)
    before = end - timedelta(days=7)
    account = next(s.account_id for s in today.values() if s.colour == "green")
    others = [s for s in today.values() if s.account_id != account]
    was = Score(account, "USD", Decimal(1), 10.0, "red", None, None, None)
    keep_scores(workspace, stored.id, before, 90, {}, [*others, was])
    workspace.set_setting(f"digest:{stored.id}", {"day": before.isoformat(), "since": None})
    assert main(words) == 0
    second = json.loads(capsys.readouterr().out)
    assert second["since"] == before.isoformat()
    (change,) = second["colour_changes"]
    assert (change["account_id"], change["before"], change["after"]) == (account, "red", "green")
    assert second["new_tasks"] == first["new_tasks"]
    for lang in ("en", "ja"):
        assert main(["digest", "--dataset", "ours", "--format", "table", "--lang", lang]) == 0
        assert change["name"] in capsys.readouterr().out


def test_a_receiver_that_was_down_hears_of_everything_later(
    workspace, stored, on, capsys, monkeypatch
) -> None:
    monkeypatch.setattr(webhook, "WAIT", 0)
    words = ["digest", "--dataset", "ours", "--format", "json", "--webhook"]
    with receiving(500) as receiver:
        assert main([*words, receiver.address]) == 2
    missed = json.loads(capsys.readouterr().out)["new_tasks"]
    assert missed
    assert workspace.setting(f"digest:{stored.id}") is None
    with receiving(200) as receiver:
        assert main([*words, receiver.address]) == 0
    assert json.loads(capsys.readouterr().out)["new_tasks"] == missed
    assert workspace.setting(f"digest:{stored.id}")["day"] == missed[0]["fired"]
