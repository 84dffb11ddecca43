"""Fixtures that many tests share."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# A deadline for one example is a timing assertion: on a busy machine it fails for no reason.
settings.register_profile("runtui", deadline=None)
settings.load_profile("runtui")


@pytest.fixture(autouse=True)
def state_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's state directory, another one for each test."""
    path = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(path))
    return path


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    """An empty runs directory."""
    path = tmp_path / "runs"
    path.mkdir()
    return path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a tmpfs with the given options (``size=…``, ``nr_inodes=…``) and returns its directory."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        directory = tmp_path / f"disk{len(mounted)}"
        directory.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(directory)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode:
            pytest.skip(f"a small disk cannot be mounted here: {answer.stderr.strip()}")
        mounted.append(directory)
        return directory

    yield mount
    for directory in mounted:
        subprocess.run(["umount", "-l", str(directory)], check=True)


@pytest.fixture
def public_dir() -> Iterator[Path]:
    """A directory of ours that other users can read but not write."""
    if os.geteuid() != 0:
        pytest.skip("only root can act as another user")
    with tempfile.TemporaryDirectory(prefix="runtui-test-") as directory:
        os.chmod(directory, 0o755)
        yield Path(directory)


@pytest.fixture(autouse=True, scope="session")
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what the program remembers for its user out of the home directory, in child processes too.

    They draw with all signs, whatever the locale of whoever runs the tests.
    """
    os.environ["LC_ALL"] = "C.UTF-8"
    for name in ("TMUX", "STY"):
        os.environ.pop(name, None)  # tests must not copy into the buffer of whoever runs them
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        os.environ[name] = str(tmp_path_factory.mktemp(name.lower()))


@pytest.fixture(autouse=True, scope="session")
def hangups() -> None:
    """Let a hangup do what it does where tests are not run under ``nohup``: what is started inherits that."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-looks", action="store_true", help="write how the screens look anew")
    parser.addoption("--long", action="store_true", help="many more rounds of the tests that race and kill")


@pytest.fixture(scope="session")
def rounds(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """How many rounds a racing test goes: as many as given, or twenty times that with ``--long``."""
    factor = 20 if request.config.getoption("--long") else 1
    return lambda count: count * factor
