from __future__ import annotations

import threading
from pathlib import Path

import pytest

from runtui import StoreError, run_pipeline
from runtui.runtime.pipeline.separate_process import resume_pipeline
from tests.runtime.launches import metadata_of, only_run
from tests.runtime.pipeline.pipelines import PIPELINE, execute, states, write
from tests.waiting import wait_until


def test_background_resume_reuses_the_execution_options(base: Path, tmp_path: Path) -> None:
    source = write(tmp_path, PIPELINE)
    assert execute(base, source, "--mode", "thread", "--workers", "1")[0] == 1
    run = only_run(base)
    Path(source).write_text("[[steps]]\nname = 'a'\ncommand = 'x'\nneeds = ['a']\n")
    with pytest.raises(StoreError, match="wait for one another"):
        resume_pipeline(str(base), run.name)
    Path(source).write_text(PIPELINE)
    (run / "go").touch()
    resume_pipeline(str(base), run.name)
    wait_until(lambda: metadata_of(base)["status"] == "completed", "it ended well")
    assert metadata_of(base)["executed"] == {"mode": "thread", "workers": 1}
    assert states(base)["fetch"] == "kept"
    wait_until(lambda: "check: done" in (run / "logs" / "runtui-exec.log").read_text(), "it says so")
    (run / ".runtui" / "pipeline.json").chmod(0o666)
    with pytest.raises(StoreError, match="not your own"):
        resume_pipeline(str(base), run.name)


def test_run_pipeline_runs_a_folder_of_scripts_from_any_thread(base: Path, tmp_path: Path, capfd) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "10_fetch.py").write_text(
        "import os, pathlib\n"
        "pathlib.Path(os.environ['RUNTUI_RESULTS'], 'raw.csv').write_text('1\\n2\\n')\n"
        "print('fetched')\n"
    )
    (scripts / "20_count.sh").write_text("wc -l < $RUNTUI_RESULTS/raw.csv > $RUNTUI_RESULTS/count\n")
    found = []
    thread = threading.Thread(target=lambda: found.append(run_pipeline(scripts, base, tags=["x"])))
    thread.start()
    thread.join()
    (run,) = found
    assert run.status == "completed"
    assert run.list_outputs() == ["count", "raw.csv"]
    with run.open_output("count") as file:
        assert file.read().strip() == "2"
    assert run.read_log("10_fetch.log") == "fetched\n"
    assert run.metadata["tags"] == ["x"]
    assert "20_count: done" in capfd.readouterr().out
    (scripts / "20_count.sh").write_text("exit 3\n")
    assert run_pipeline(scripts, base).status == "failed"
    with pytest.raises(StoreError, match="has no numbered scripts"):
        run_pipeline(base, base)
    with pytest.raises(ValueError, match="fast"):
        run_pipeline(scripts, base, mode="fast")
