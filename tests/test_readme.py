"""What the documentation says is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from runtui.tui.actions import key_table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_keys_is_the_one_of_the_program() -> None:
    found = re.search(r"<!-- keys:[^\n]*-->\n(.*)<!-- end of keys -->", README, re.DOTALL)
    assert found is not None
    assert found[1].strip() == key_table().strip()


def test_the_example_of_a_simulation_runs(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert found is not None
    namespace: dict[str, object] = {}
    log = "(manager.run_dir / 'logs' / 'a.log').write_text('one\\n')\n"
    exec(found[1].replace("...\n", log), namespace)
    run = namespace["run"]
    assert run.metadata["status"] == "completed"
    assert run.list_outputs() == ["totals.csv"]
    assert run.read_log() == "one\n"


def test_all_pictures_exist() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert pictures
    for picture in pictures:
        assert (ROOT / picture).is_file(), picture
