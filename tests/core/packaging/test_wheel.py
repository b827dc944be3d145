"""The built wheel does everything in an environment that has no repository."""

import json
import os
import site
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CHURN = ["query", "churn", "--dataset", "sample", "--from", "2025-08", "--to", "2025-08"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment into which only the wheel was installed; what it
    depends on is borrowed from this one, so that no network is needed."""
    home = tmp_path_factory.mktemp("environment")
    builder = venv.EnvBuilder(symlinks=True)
    builder.create(home)
    python = Path(builder.ensure_directories(home).env_exe)
    packages = next(home.rglob("site-packages"))
    (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()), "utf-8")
    command = [str(python), "-m", "pip", "install", "-q", "--no-deps", "--no-index", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (packages / "cs_core").is_dir()
    return python.parent


def _environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**kept, "KEIZOKU_HOME": str(home), **more}


def test_command_answers_in_another_folder(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(installed / "keizoku"), *CHURN],
        cwd=tmp_path,
        env=_environment(tmp_path / "home"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [record] = json.loads(done.stdout)
    assert (record["opening_customers"], record["lost_customers"]) == (1041, 17)


def test_command_alone_starts_the_app(installed: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "log"
    with log.open("w") as out:
        app = subprocess.Popen(
            [str(installed / "keizoku")],
            cwd=tmp_path,
            env=_environment(tmp_path / "home", STREAMLIT_SERVER_PORT=str(port)),
            stdout=out,
            stderr=out,
        )
        try:
            answer = _answer(f"http://127.0.0.1:{port}/", app)
        finally:
            app.terminate()
            app.wait(20)
    # The headers are those of the app's own server settings: its script was found and run.
    assert answer is not None, log.read_text("utf-8")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "Traceback" not in log.read_text("utf-8")


def _answer(address: str, app: subprocess.Popen[bytes]):  # type: ignore[no-untyped-def]
    for _ in range(240):
        try:
            return urllib.request.urlopen(address)
        except OSError:
            if app.poll() is not None:
                return None
            time.sleep(0.25)
    return None


def test_nothing_at_the_top_that_could_clash(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"cs_core", "keizoku"}
    assert "cs_core/py.typed" in names


def test_what_it_needs_is_what_is_pinned(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    lines = metadata.get_all("Requires-Dist", ())
    needed = {line.split(">=")[0] for line in lines if "extra ==" not in line}
    pins = (ROOT / "requirements.txt").read_text("utf-8").split()
    assert needed == {pin.split("==")[0] for pin in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert all("==" not in line for line in project["dependencies"])
