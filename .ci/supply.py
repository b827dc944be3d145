"""What the app is made of, from commands: the lock, the bill of materials, the notices.

    python .ci/supply.py            writes the three anew from requirements.txt
    python .ci/supply.py --check    says what is stale, and ends with 1 if something is

`requirements.lock` names every package, direct or not, with the hashes of its files; `bom.json` is
the same list as CycloneDX 1.6, with licences; `THIRD_PARTY_NOTICES.txt` holds their texts, those of
the fonts, and what the scripts that Streamlit brings to the browser say of themselves.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
WANTED, LOCK = ROOT / "requirements.txt", ROOT / "requirements.lock"
BOM, NOTICES = ROOT / "bom.json", ROOT / "THIRD_PARTY_NOTICES.txt"
FONTS = ROOT / "cs_core" / "charts" / "fonts"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)", re.MULTILINE)
_RULE = "=" * 100


def pins(path: Path) -> dict[str, str]:
    found = _PIN.findall(path.read_text("utf-8"))
    return {canonicalize_name(name): version for name, version in found}


# -- writing ------------------------------------------------------------------------------


def write() -> None:
    lock = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-annotate"]
    lock += ["--universal", "--python-version", "3.11", "--generate-hashes"]
    lock += ["--custom-compile-command", "python .ci/supply.py"]
    subprocess.run([*lock, WANTED.name, "--output-file", LOCK.name], cwd=ROOT, check=True)
    told = _licences()
    BOM.write_text(json.dumps(_bom(told), indent=1, ensure_ascii=False) + "\n", "utf-8")
    NOTICES.write_text(_notices(told), "utf-8")


def _licences() -> list[dict[str, str]]:
    """Of each locked package that is installed here: Name, Version, License, LicenseText."""
    names = list(pins(LOCK))
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json"]
    command += ["--with-license-file", "--with-notice-file", "--no-license-path", "--with-system"]
    done = subprocess.run(
        [*command, "--packages", *names], capture_output=True, text=True, check=True
    )
    found: list[dict[str, str]] = json.loads(done.stdout)
    differing = pins(LOCK).items() - {(canonicalize_name(f["Name"]), f["Version"]) for f in found}
    if differing:
        raise SystemExit(f"not installed as locked: {sorted(differing)}")
    return sorted(found, key=lambda one: canonicalize_name(one["Name"]))


def _bom(told: list[dict[str, str]]) -> dict[str, Any]:
    components = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{canonicalize_name(one['Name'])}@{one['Version']}",
            "name": canonicalize_name(one["Name"]),
            "version": one["Version"],
            "purl": f"pkg:pypi/{canonicalize_name(one['Name'])}@{one['Version']}",
            "licenses": [{"license": {"name": one["License"]}}],
        }
        for one in told
    ]
    fonts = [
        {
            "type": "file",
            "bom-ref": font.name,
            "name": font.name,
            "licenses": [{"license": {"id": "OFL-1.1"}}],
        }
        for font in sorted(FONTS.glob("*.otf"))
    ]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "keizoku", "name": "keizoku"}},
        "components": components + fonts,
    }


def _notices(told: list[dict[str, str]]) -> str:
    parts = ["Software and fonts that Keizoku is used with, and their licences."]
    for one in told:
        texts = [one[key] for key in ("LicenseText", "NoticeText") if one[key] != "UNKNOWN"]
        head = f"{canonicalize_name(one['Name'])} {one['Version']}: {one['License']}"
        parts.append("\n\n".join([f"{_RULE}\n{head}\n{_RULE}", *texts]))
    fonts = ", ".join(font.name for font in sorted(FONTS.glob("*.otf")))
    parts.append(f"{_RULE}\n{fonts}\n{_RULE}\n\n{(FONTS / 'OFL.txt').read_text('utf-8')}")
    said = "\n\n".join(_said_by_scripts())
    parts.append(f"{_RULE}\nScripts that streamlit brings to the browser\n{_RULE}\n\n{said}")
    lines = "\n\n".join(parts).splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _said_by_scripts() -> list[str]:
    """The comments that a bundler keeps because they hold a licence."""
    place = metadata.distribution("streamlit").locate_file("streamlit/static")
    found: dict[str, None] = {}
    for script in sorted(Path(str(place)).rglob("*.js")):
        for said in re.findall(r"/\*!(.*?)\*/", script.read_text("utf-8"), re.DOTALL):
            if re.search("licen[sc]e|copyright", said, re.IGNORECASE):
                found["\n".join(line.strip(" *\t") for line in said.strip().splitlines())] = None
    return list(found)


# -- checking -----------------------------------------------------------------------------


def stale() -> list[str]:
    """What does not fit requirements.txt any more; nothing is asked of a registry."""
    wanted, locked = pins(WANTED), pins(LOCK)
    found = [f"{LOCK.name} lacks {n} {v}" for n, v in wanted.items() if locked.get(n) != v]
    for entry in re.split(r"\n(?=[A-Za-z0-9])", LOCK.read_text("utf-8")):
        if _PIN.match(entry) and "--hash=sha256:" not in entry:
            found.append(f"{LOCK.name} has no hash of {entry.split()[0]}")
    reached, waiting = set(wanted), list(wanted)
    while waiting:
        for name in _needs(waiting.pop(), locked):
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    found += [f"{LOCK.name} lacks {name}" for name in sorted(reached - locked.keys())]
    listed = {
        one["name"]: one["version"]
        for one in json.loads(BOM.read_text("utf-8"))["components"]
        if one["type"] == "library"
    }
    if listed != locked:
        found.append(f"{BOM.name} lists other packages than {LOCK.name}")
    heads = re.findall(rf"{_RULE}\n(\S+) (\S+): ", NOTICES.read_text("utf-8"))
    if dict(heads) != locked:
        found.append(f"{NOTICES.name} holds other packages than {LOCK.name}")
    return found


def _needs(name: str, locked: dict[str, str]) -> list[str]:
    """What a package needs here, as far as it is installed as locked."""
    try:
        here = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return []
    if here.version != locked.get(name):
        return []
    needs = [Requirement(text) for text in here.requires or ()]
    return [
        canonicalize_name(one.name)
        for one in needs
        if one.marker is None or one.marker.evaluate({"extra": ""})
    ]


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    problems = stale()
    sys.stderr.write("".join(f"{problem}: python .ci/supply.py\n" for problem in problems))
    raise SystemExit(1 if problems else 0)
