"""What the documentation says is what the program does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from runtui import run_pipeline
from runtui.cli.arguments import parse_arguments
from runtui.tui.actions import key_table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_key_table_matches_the_program() -> None:
    found = re.search(r"<!-- keys:[^\n]*-->\n(.*)<!-- end of keys -->", README, re.DOTALL)
    assert found is not None
    assert found[1].strip() == key_table().strip()


def test_simulation_example_runs(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = re.search(r"```python\n(from runtui import RunManager.*?)```", README, re.DOTALL)
    assert found is not None
    namespace: dict[str, object] = {}
    exec(found[1], namespace)
    run = namespace["run"]
    assert run.metadata["status"] == "completed"
    assert run.list_outputs() == ["totals.csv"]
    assert run.read_log() == "day 60: 1234 infected\n"
    assert namespace["manager"].find_checkpoint("day 60") == run.path("checkpoints", "day_60.json")


def test_pipeline_examples_run(tmp_path: Path, monkeypatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    scripts = {
        "10_fetch.py": "import os\nopen(os.environ['RUNTUI_RESULTS'] + '/raw.csv', 'w').write('1\\n2\\n')",
        "20_clean.py": "import os\nopen(os.environ['RUNTUI_RESULTS'] + '/clean.csv', 'w')\nprint('clean')",
        "20_count.sh": "wc -l < $RUNTUI_RESULTS/raw.csv > $RUNTUI_RESULTS/count",
    }
    (tmp_path / "scripts").mkdir()
    for name, text in scripts.items():
        (tmp_path / "scripts" / name).write_text(text)
    (example,) = re.findall(r"```python\n(from runtui import run_pipeline.*?)```", README, re.DOTALL)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    exec(example, {})
    assert "completed ['clean.csv', 'count', 'raw.csv'] clean\n" in capfd.readouterr().out

    (example,) = re.findall(r"```toml\n(description.*?)```", README, re.DOTALL)
    (tmp_path / "rain.py").write_text(
        "def clean(step):\n    (step.results / 'clean.csv').touch()\n    return 3\n"
        "def draw(step):\n    (step.results / 'map').write_text(str(step.inputs['clean']))\n"
    )
    offline = example.replace("curl -sf https://example.org/rain", "echo 1")
    assert offline != example
    (tmp_path / "pipeline.toml").write_text(offline)
    run = run_pipeline("pipeline.toml")
    assert run.status == "completed"
    assert run.list_outputs() == ["clean.csv", "map"]
    with run.open_output("map") as file:
        assert file.read() == "3"


def test_readme_commands_are_valid() -> None:
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
    inline = re.findall(r"`(runtui [^`]*)`", README)
    lines = [line for line in blocks.splitlines() if line.startswith("runtui ")] + inline
    for line in lines:
        words = shlex.split(re.sub(" [|].*", "", line), comments=True)
        if "COMMAND" not in words and "--help" not in words:
            assert callable(parse_arguments(words[1:]).command), line
    assert len(lines) > 20


def test_all_pictures_exist() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert pictures
    for picture in pictures:
        assert (ROOT / picture).is_file(), picture
