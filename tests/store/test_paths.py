"""A run id is one path component; a run's paths stay inside the run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui import InvalidRunIdError, OutsideRunError
from runtui.store.paths import check_new_run_id, check_run_id, sandboxed_join

NOT_ONE_COMPONENT = [
    "",
    ".",
    "..",
    "../x",
    "../../etc/passwd",
    "a/b",
    "a/../b",
    "/etc",
    "/",
    "a/",
    ".hidden",
    ".trash",
    ".runtui",
    ".run_index.json",
    "current",
    "a\0b",
    "\0",
    "n" * 256,
    "ü" * 128,
    "\ud800",
    None,
    7,
    b"bytes",
    Path("path"),
    ["list"],
]
CANNOT_BE_TYPED = ["two\nlines", "\x1b[31mred", "tab\t", "\x7f", "\x9b", "\u202egnp", "caf\udce9"]
FINE = ["9f3a", "run 7", "🌊", "a..b", "~root", "-rf", "$HOME", "%2e%2e", "n" * 255, "current2", "a\\b"]


@pytest.mark.parametrize("run_id", NOT_ONE_COMPONENT)
def test_run_id_that_is_not_one_path_component_is_refused(run_id: object) -> None:
    with pytest.raises(InvalidRunIdError) as caught:
        check_run_id(run_id)
    assert str(caught.value).isprintable()
    with pytest.raises(InvalidRunIdError):
        check_new_run_id(run_id)


@pytest.mark.parametrize("run_id", CANNOT_BE_TYPED)
def test_run_id_with_control_characters_can_be_read_but_not_created(run_id: str) -> None:
    assert check_run_id(run_id) == run_id
    with pytest.raises(InvalidRunIdError, match="control characters"):
        check_new_run_id(run_id)


@pytest.mark.parametrize("run_id", FINE)
def test_unusual_run_ids_are_accepted(run_id: str) -> None:
    assert check_new_run_id(run_id) == run_id


@given(st.text() | st.text("./a\0\n"))
def test_accepted_run_id_is_a_direct_child_of_the_base(run_id: str) -> None:
    try:
        accepted = check_run_id(run_id)
    except InvalidRunIdError:
        return
    assert os.path.normpath(os.path.join("/base", accepted)) == f"/base/{accepted}"
    assert os.path.dirname(f"/base/{accepted}") == "/base"


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with links: inside to inside, and to outside as a directory, a file, a chain and a loop."""
    base = tmp_path_factory.mktemp("base")
    run = base / "run"
    (run / "results" / "deep").mkdir(parents=True)
    (base / "secret").mkdir()
    (base / "secret" / "key").write_text("secret")
    (base / "run-twin").mkdir()
    (run / "inner").symlink_to("results")
    (run / "out").symlink_to(base / "secret")
    (run / "up").symlink_to("..")
    (run / "chain").symlink_to("out")
    (run / "twin").symlink_to("../run-twin")
    (run / "results" / "key").symlink_to(base / "secret" / "key")
    (run / "loop").symlink_to("loop")
    return run


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ("results",),
        ("results", "deep", "x.csv"),
        ("results/deep/x.csv",),
        ("not", "there"),
        ("inner", "deep"),
        ("loop",),
        (Path("results") / "x",),
        ("...",),
    ],
)
def test_path_inside_the_run_is_joined_unchanged(run_dir: Path, parts: tuple[str | Path, ...]) -> None:
    assert sandboxed_join(run_dir, *parts) == run_dir.joinpath(*parts)


@pytest.mark.parametrize(
    "parts",
    [
        ("..",),
        ("../run-twin",),
        ("results", "..", "..", "secret"),
        ("results/../../secret",),
        ("results", "../x"),
        ("/etc/passwd",),
        ("results", "/etc/passwd"),
        ("a\0b",),
        ("\ud800",),
        ("out",),
        ("out", "key"),
        ("up", "secret", "key"),
        ("chain", "key"),
        ("twin",),
        ("results", "key"),
        ("inner", "key"),
    ],
)
def test_path_that_escapes_the_run_is_refused(run_dir: Path, parts: tuple[str, ...]) -> None:
    with pytest.raises(OutsideRunError) as caught:
        sandboxed_join(run_dir, *parts)
    assert str(caught.value).isprintable()


PIECES = st.sampled_from(
    ["..", ".", "/", "results", "out", "up", "inner", "chain", "key", "secret", "\0", ""]
)


@given(st.lists(PIECES | st.text(max_size=8), max_size=4).map(tuple))
def test_no_combination_of_parts_escapes_the_run(run_dir: Path, parts: tuple[str, ...]) -> None:
    try:
        path = sandboxed_join(run_dir, *parts)
    except OutsideRunError:
        return
    assert os.path.realpath(path) == os.path.realpath(run_dir) or os.path.realpath(path).startswith(
        os.path.realpath(run_dir) + "/"
    )
