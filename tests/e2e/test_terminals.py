"""The browser on terminals of many kinds."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import pytest

from tests.bare_terminal import BareTerminal
from tests.run_dirs import write_log, write_run
from tests.terminal import Terminal, as_painted_anew, ended_cleanly, runtui
from tests.waiting import wait_until

_LOCALES = {"LC_ALL": None, "LC_CTYPE": None, "LANG": None, "COLORTERM": None, "NO_COLOR": None}
_COLOUR = re.compile(rb"\x1b\[([0-9;]*)m")


def colours(sent: bytes) -> set[bytes]:
    """Return the parameters of all colours and styles that were sent, one by one."""
    found = set()
    for parameters in _COLOUR.findall(sent):
        words = iter(parameters.split(b";"))
        for word in words:
            if word in (b"38", b"48"):
                kind = next(words)
                rest = [next(words) for _ in range(1 if kind == b"5" else 3)]
                found.add(b";".join([word, kind, *rest]))
            else:
                found.add(word)
    return found


@pytest.mark.parametrize(
    ("kind", "env", "size"),
    [
        ("linux", {"LANG": "C"}, (80, 24)),
        ("vt100", {"LANG": "de_DE.ISO-8859-1"}, (200, 60)),
        ("xterm-256color", {"LANG": "C.UTF-8", "NO_COLOR": "1", "COLORTERM": "truecolor"}, (100, 30)),
        ("tmux-256color", {"LANG": "C.UTF-8"}, (80, 24)),
        ("screen", {"LANG": "C.UTF-8"}, (80, 24)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_browser_works_on_every_terminal_type(
    runs_dir: Path, tmp_path: Path, kind: str, env: dict[str, str], size: tuple[int, int]
) -> None:
    write_run(runs_dir, "gas", status="failed", description="gás 漢字", created="2026-11-21T02:00:00Z")
    write_log(runs_dir / "gas", "ERROR: exploded …\n")
    write_run(runs_dir, "fluid", description="a fluid", created="2026-11-21T01:00:00Z")
    command = runtui("--low-bandwidth", str(runs_dir))
    settings = tmp_path / "settings"
    places = {"XDG_CONFIG_HOME": str(settings)}
    with BareTerminal(command, *size, _LOCALES | env | places | {"TERM": kind}) as terminal:
        terminal.wait_for(b"exploded")
        terminal.press(b"j/gas")
        # Only what changes of a row is sent.
        terminal.wait_for(lambda sent: re.search(rb"1 of|of 2", sent))
        terminal.press(b"\r?")
        terminal.wait_for(b"The ten keys you need")
        before = len(terminal.sent)
        terminal.press(b"q")
        terminal.wait_for(lambda sent: b"exploded" in sent[before:])
        terminal.press(b"q")
        assert terminal.wait_for_end() == 0
        assert not terminal.modes_left_on()
        sent = terminal.sent
    if env["LANG"] == "C":
        assert sent.isascii()
        assert b"x 1 failed" in sent
        assert b"gas ????" in sent
    elif env["LANG"] == "C.UTF-8":
        assert "✗ 1 failed" in sent.decode()
    else:
        assert "gás ????" in sent.decode("iso-8859-1")
    if kind in ("linux", "vt100"):
        assert not {colour for colour in colours(sent) if b";" in colour}
        assert b"\x1b[>" not in sent
        assert b"$p" not in sent
    if kind == "vt100":
        assert b"7" in colours(sent), "what stands out is in reverse"
        assert not {colour for colour in colours(sent) if len(colour) > 1}
    if "256color" in kind and "COLORTERM" not in env:
        assert {colour.split(b";")[1] for colour in colours(sent) if b";" in colour} == {b"5"}
    assert not settings.exists(), "what this terminal needs is not for others"
    if "NO_COLOR" in env:
        for colour in colours(sent):
            assert len(set(colour.split(b";")[2:])) <= 1, "only shades of grey"


def test_stalled_terminal_gets_only_the_latest_screen(runs_dir: Path, state_dir: Path) -> None:
    for number in range(60):
        write_run(runs_dir, f"run-{number:02}", created=f"2026-11-21T02:00:{number:02}Z")
    with BareTerminal(runtui(str(runs_dir))) as terminal:
        terminal.wait_for(b"run-59")
        terminal.stop_reading()
        terminal.forget()
        for _ in range(20):
            terminal.press(b"jjjjjjjjjjGkkkkkkkkkkg")
        terminal.press(b"/run-07\r")
        # The filter is kept when it was acted on, with all keys before it.
        kept = state_dir / "runtui" / "filters"
        wait_until(kept.exists, "the filter was kept")
        terminal.go_on_reading()
        terminal.wait_for(b"run-07")
        terminal.press(b"q")
        assert terminal.wait_for_end() == 0
        assert len(terminal.sent) < 60_000, "far fewer pictures than keys"


def test_new_log_line_does_not_resend_the_screen(runs_dir: Path) -> None:
    run = write_run(runs_dir, "gas", status="running", hostname="elsewhere")
    log = write_log(run, "".join(f"line {number} of those that were there before\n" for number in range(100)))
    with BareTerminal(runtui(str(runs_dir)), 120, 40) as terminal:
        terminal.wait_for(b"line 99 of")
        terminal.press(b"l")
        terminal.wait_for(b"back")
        terminal.wait_for(lambda sent: b"line 70 of" in sent and "● live".encode() in sent)
        for number in range(3):
            terminal.forget()
            with log.open("a") as file:
                file.write(f"new line {number}\n")
            terminal.wait_for(f"new line {number}".encode())
        # What all of the screen takes is several times that.
        assert len(terminal.sent) < 1500


def test_screen_is_correct_after_random_resizes(runs_dir: Path) -> None:
    def write(number: int, description: str, status: str) -> None:
        # So long ago that no age changes meanwhile.
        created = f"2022-11-21T02:00:{number:02}Z"
        write_run(runs_dir, f"run-{number:02}", created=created, description=description, status=status)

    for number in range(30):
        write(number, "at first", "completed")
    choice = random.Random(12)
    keys = ("j", "k", "G", "g", "Tab", "l", "Escape", "PageDown")
    with Terminal(runtui(str(runs_dir)), 100, 30, {"COLORTERM": "truecolor"}) as terminal:
        terminal.wait_for("run-29")
        for number in range(60):
            terminal.resize(choice.randint(20, 200), choice.randint(5, 60))
            terminal.press(choice.choice(keys))
            write(number % 30, f"changed {number}", "failed")
        terminal.resize(40, 12)
        terminal.wait_for("40×12 is too small")
        terminal.press("d")
        terminal.resize(100, 30)
        terminal.wait_for(lambda screen: "too small" not in screen and len(screen.splitlines()) == 30)
        # Of the two one may have no effect; a letter directly behind an escape would be that with Alt.
        terminal.press("Escape", "Home", "C-r")
        newest = re.compile(r"run-29 +changed 59")
        older = re.compile(r"at first|changed [0-2]?[0-9]\b")
        terminal.wait_for(lambda screen: newest.search(screen) and not older.search(screen))
        as_painted_anew(terminal)
        terminal.press("q")
        ended_cleanly(terminal, 0)


def test_browser_uses_ascii_in_gnu_screen_without_utf_8(runs_dir: Path, tmp_path: Path) -> None:
    if shutil.which("screen") is None:
        pytest.skip("screen is not installed")
    write_run(runs_dir, "gas", status="failed", description="a gas")
    (tmp_path / "screenrc").write_text("autodetach off\naltscreen on\n")
    command = ["env", "LC_ALL=C", "screen", "-c", str(tmp_path / "screenrc"), *runtui(str(runs_dir))]
    with Terminal(command, 80, 24) as terminal:
        screen = terminal.wait_for(lambda text: "x 1 failed" in text and "+- log" in text)
        assert screen.isascii()
        terminal.press("q")
        ended_cleanly(terminal, 0)
