"""Texts that attack whoever looks at them, and a runs directory with them in every place."""

from __future__ import annotations

import json
import os
import shlex
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.run_dirs import write_raw

TEXTS: Mapping[str, str] = {
    "title": "\x1b]0;owned\x07title",
    "icon": "\x1b]1;owned\x1b\\icon",
    "window": "\x1b]2;owned\x9cwindow",
    "link": "\x1b]8;;http://evil/\x1b\\link\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07clip",
    "clipboard-asked": "\x1b]52;c;?\x07asked",
    "palette": "\x1b]4;0;#ffffff\x07palette",
    "picture": "\x1b]1337;File=inline=1:AAAA\x07picture",
    "clear": "\x1b[2J\x1b[Hclear",
    "style": "\x1b[31;5;8mstyle",
    "mouse": "\x1b[?1049l\x1b[?1003hmouse",
    "csi-open": "open\x1b[",
    "osc-open": "open\x1b]52;c;",
    "escape-last": "last\x1b",
    "dcs": "\x1bP1$qm\x1b\\dcs",
    "sixel": "\x1bPq#0;2;0;0;0~-\x1b\\sixel",
    "apc": "\x1b_Gi=31,s=1;AAAA\x1b\\apc",
    "pm": "\x1b^private\x1b\\pm",
    "sos": "\x1bXstart\x1b\\sos",
    "reset": "\x1bcreset",
    "charset": "\x1b(0charset\x0e",
    "c1": "\x80\x84\x85\x8d\x8e\x8f\x90c1\x9c",
    "c1-csi": "\x9b2J\x9b31mc1csi",
    "c1-osc": "\x9d52;c;ZXZpbA==\x9cc1osc",
    "c1-raw": "\udc9b2J\udc9d0;owned\udc9craw",  # of a file's name: the bytes 9b and 9d
    "not-utf8": "caf\udce9\udcff",
    "bell": "bell\x07\x07",
    "back": "back\b\b\b\b\bover",
    "return": "innocent\rguilty",
    "delete": "delete\x7f\x7f",
    "asked-what": "\x05asked",
    "asked-who": "\x1b[c\x1b[>c\x1b[=c\x1bZ",
    "asked-where": "\x1b[6n\x1b[5n",
    "asked-title": "\x1b[21t\x1b[20t",
    "asked-state": "\x1bP$qr\x1b\\\x1bP+q544e\x1b\\",
    "bidi": "exe\u202egnp.\u202c\u202d\u202a\u202b",
    "isolates": "\u2066a\u2067b\u2068c\u2069\u200e\u200f\u061c",
    "invisible": "in\u200bvi\u2060si\ufeffble\u00ad\u180e\u034f",
    "fillers": "fil\u3164ler\u115f\u1160\uffa0",
    "joiners": "a" + "\u200d\u200c" * 40 + "b",
    "variation": "v" + "\ufe0f" * 60 + "\U000e0100" * 60 + "s",
    "tags": "tag\U000e0041\U000e0042\U000e007f\U000e0001",
    "separators": "line\u2028para\u2029next\x85last\x0b\x0c\x1c\x1d\x1e",
    "annotation": "an\ufff9no\ufffata\ufffbtion",
    "flood": "Z" + "\u0301\u0316\u0338\u20dd" * 60 + "algo",
    "wide": "\U0001f9d1\u200d\U0001f680\U0001f468\u200d\U0001f469\U0001f1e9\u0915\u094d\u0937漢字",
    "markup-click": "[@click=app.quit]x[/]",
    "markup-bell": "[@click='app.bell']x[/]",
    "markup-link": "[link=http://evil/]x[/link]",
    "markup-style": "[red]x[/red][on $error]y",
    "markup-end": "[/]",
    "markup-wrong": "[/foo]",
    "markup-escaped": r"\[b]x\\[b]y\\\[/b]\\",
    "markup-open": "[b",
    "format": "%s%n%(x)s{0}{x!r}{__class__}$x${x}",
    "option": "--help",
    "short-option": "-rf",
    "newline": "two\nlines\r\nthree",
    "tabs": "a\tb\t\tc",
    "shell": "$(touch pwned)`touch pwned`;touch pwned|&touch pwned",
    "quotes": "'\"'\\''\"\\",
    "glob": "*?[a-z]~!{a,b}#",
    "path": "../../../../etc/passwd",
    "absolute": "/etc/passwd",
    "dots": "..",
    "nul": "nul\0byte",
    "blank": " \u00a0\u3000",
    "long": "W" * 5000,
    "long-escape": "\x1b[" + "1;" * 100 + "m",
    "all": "[@click=app.quit]x[/]\x1b]52;c;ZXZpbA==\x07\x9b2J\u202e\n\r\x1b[c$(touch x)\udce9\u3164'[/foo]",
}
"""By a name of each: a text that a terminal, a toolkit or a shell must never take for anything but text."""

MARK = "harmless"
"""Stands in every run's description, so that a test can wait for one."""


def file_name(text: str) -> str:
    """Return a text as the name of a file, as hostile as it can be there."""
    name = text.replace("/", "\u2215").replace("\0", "\x01")
    while len(os.fsencode(name)) > 200:
        name = name[: len(name) // 2]
    return f"x{name}" if name.startswith(".") or not name.strip() else name


def _json(value: Any) -> bytes:
    # A lone surrogate stands in JSON as an escape; what is no UTF-8 at all stands in logs and names.
    return json.dumps(value, indent=2).encode()


def write_hostile_run(base: Path, key: str, number: int, *, previous: str) -> Path:
    """Write a run of which every text is the hostile one of a name; return its directory."""
    text = TEXTS[key]
    name = f"{file_name(text)}{number:02}"
    raw = text.encode("utf-8", "surrogateescape" if key in ("c1-raw", "not-utf8") else "surrogatepass")
    status = ["failed", "completed", "failed", text][number % 4]
    created = f"2026-11-01T12:{number // 60:02}:{number % 60:02}Z"
    metadata = {
        "run_id": name,
        "created_at": created,
        "description": f"{MARK} {number} {text}",
        "status": status,
        "tags": [text, "shared"],
        "hostname": text,
        "user": text,
        "git_commit": text,
        "parent_run_id": previous or text,
        "resumed_from": previous or text,
        "checkpoints": [
            {"name": text, "created_at": created, "path": f"checkpoints/{file_name(text)}"},
            {"name": f"gone {text}", "created_at": text, "path": text},
        ],
        "started_at": created,
        "completed_at": text if number % 5 == 0 else created,
        "error": f"ValueError: {text}",
        "reason": text,
        "command": [text, "-x", text],
        "working_directory": text,
        "job": {"system": "slurm", "id": text, "state": text, "reason": text, "node": text},
        "steps": [
            {"name": f"first {text}", "state": "failed", "error": text},
            {"name": text, "state": "running", "job": {"id": text, "state": text, "reason": text}},
        ],
        text: {text: text, "list": [text, {text: text}]},
    }
    run = write_raw(base, name, _json(metadata))
    (run / "run_params.json").write_bytes(_json({text: text, "beta": 0.5, "nested": {text: [text]}}))
    config = _json({text: text}) if number % 2 else b"key: " + raw + b"\n- " + raw
    (run / "config.yaml").write_bytes(config)
    (run / "checkpoints" / file_name(text)).write_bytes(raw)
    log = b"INFO begin\n" + raw + b"\nERROR: " + raw + b"\nTraceback (most recent call last):\n"
    log += b"ValueError: " + raw + b"\n"
    (run / "logs" / f"{file_name(text)}.log").write_bytes(log * 3)
    (run / "logs" / "plain.log").write_bytes(log)
    cells = b'"' + raw.replace(b'"', b'""') + b'"'
    table = b"step,loss," + cells + b"\n" + b"".join(b"%d,0.%d,%s\n" % (row, row, cells) for row in range(5))
    (run / "results" / f"{file_name(text)}.csv").write_bytes(table)
    lines = b"".join(_line({"step": row, "loss": row / 7, text: row, "note": text}) for row in range(5))
    (run / "results" / "metrics.jsonl").write_bytes(lines)
    (run / "results" / "picture.png").write_bytes(_picture(raw))
    _write_edits(run, text)
    return run


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row).encode() + b"\n"


def _picture(comment: bytes) -> bytes:
    """Return what begins as a picture does, with a comment, and is none."""
    chunk = b"tEXt" + b"Comment\0" + comment
    return (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0" + len(chunk).to_bytes(4, "big") + chunk
    )


def _write_edits(run: Path, text: str) -> None:
    for folder, number in (("edits", 2), ("history", 1)):
        place = run / ".runtui" / folder
        place.mkdir(parents=True, exist_ok=True)
        edit_id = f"{number:020}-abc"
        edit = {
            "id": edit_id,
            "at": text,
            "user": text,
            "host": text,
            "action": text,
            "changes": [
                {"key": text, "old": text, "new": [text]},
                {"key": "status", "old": text, "new": text},
                {"added": [text], "removed": [text], "before": [], "order": []},
            ],
            "reason": text,
            "runs": [text],
            "undoes": text,
        }
        (place / f"{edit_id}.json").write_bytes(_json(edit))


def write_hostile_trash(base: Path, key: str, number: int) -> None:
    """Put a run into the trash of which all that is recorded is a hostile text."""
    text = TEXTS[key]
    folder = base / ".trash" / f"20261101T1200{number:02}-{number:06x}"
    (folder / f"{file_name(text)}{number}").mkdir(parents=True)
    record = {
        "trashed_at": text,
        "user": text,
        "reason": text,
        "entry": {"run_id": text, "description": text, "status": text, "tags": [text]},
        "was_latest": False,
    }
    (folder / "trashed.json").write_bytes(_json(record))


def make_hostile_runs(base: Path) -> list[Path]:
    """Make a run for each of the texts, the trash, the index and ``current``; return the runs."""
    base.mkdir(parents=True, exist_ok=True)
    runs: list[Path] = []
    for number, key in enumerate(TEXTS):
        previous = runs[-1].name if runs and number % 3 != 1 else ""
        runs.append(write_hostile_run(base, key, number, previous=previous))
        if number % 7 == 0:
            write_hostile_trash(base, key, number)
    texts = list(TEXTS.values())
    index = {"runs": [{"run_id": text, "description": text} for text in texts], "latest": texts[0]}
    (base / ".run_index.json").write_bytes(_json(index))
    (base / "current").symlink_to(file_name(texts[0]))
    return runs


def write_hostile_settings(path: Path) -> None:
    """Write settings of which each text is a hostile one; what TOML cannot hold is left out."""
    texts = [text for text in TEXTS.values() if not any("\ud800" <= sign <= "\udfff" for sign in text)]
    lines = [f"theme = {json.dumps(texts[0])}", 'columns = ["status", "id", "description"]', "[keys]"]
    lines += [f"{_toml(text[:80])} = {_toml(text[:80])}" for text in texts]
    for text in texts:
        lines += ["[[views]]", f"name = {_toml(text[:50])}", f"query = {_toml(MARK)}", 'group = "user"']
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_hostile_programs(folder: Path) -> None:
    """Put a scheduler's programs into a folder which answer each question with hostile texts."""
    folder.mkdir(parents=True, exist_ok=True)
    answer = folder / "answer"
    texts = [text.encode("utf-8", "surrogatepass") for text in TEXTS.values()]
    answer.write_bytes(
        b"".join(b"1|" + text + b"|" + text + b"|" + text + b"|" + text + b"\n" for text in texts)
    )
    for name in ("squeue", "sacct", "sbatch", "scancel", "scontrol"):
        program = folder / name
        quoted = shlex.quote(str(answer))
        program.write_text(f"#!/bin/sh\ncat {quoted}\ncat {quoted} >&2\nexit 1\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
