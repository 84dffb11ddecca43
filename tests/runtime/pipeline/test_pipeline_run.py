from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtui.runtime.pipeline.pipeline_run import pipeline_of
from runtui.runtime.pipeline.spec import PipelineError
from runtui.store.edits.run_edits import set_status
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from runtui.store.status import RunStatus
from tests.run_dirs import write_run
from tests.runtime.launches import metadata_of, only_run
from tests.runtime.pipeline.pipelines import LONG, PIPELINE, execute, executing, has_begun, write
from tests.waiting import wait_until


def test_running_pipeline_is_not_resumed(base: Path, tmp_path: Path) -> None:
    with executing(base, write(tmp_path, LONG)) as process:
        wait_until(lambda: has_begun(base), "it is at work")
        code, _out, err = execute(base, "--resume", "latest")
        process.terminate()
        process.communicate(timeout=120)
    assert code == 1
    assert "is at work, as process" in err


def test_pipeline_lost_on_another_host_resumes_once_marked_failed(base: Path, tmp_path: Path) -> None:
    assert execute(base, write(tmp_path, PIPELINE))[0] == 1
    run = only_run(base)
    metadata = metadata_of(base) | {"status": "running"}
    (run / "metadata.json").write_text(json.dumps(metadata))
    writer = {"host": "node9", "pid": 7, "boot_id": "x", "start_time": 1}
    (run / ".runtui" / "writer.json").write_text(json.dumps(writer))
    (run / "go").touch()
    code, _out, err = execute(base, "--resume", run.name)
    assert (code, "as process 7 on node9: mark it failed first if it is lost" in err) == (1, True)
    (outcome,) = set_status(str(base), [run.name], RunStatus.FAILED)
    assert outcome.done
    assert execute(base, "--resume", run.name)[0] == 0
    assert metadata_of(base)["status"] == "completed"


def test_pipeline_path_others_could_have_written_must_be_given_again(runs_dir: Path, tmp_path: Path) -> None:
    pipeline = str(tmp_path / "pipeline.toml")
    run = write_run(runs_dir, "r", pipeline=pipeline)
    with pytest.raises(PipelineError, match="say which"):
        pipeline_of(str(runs_dir), "r")
    write_sealed_record(SafeDirectory(runs_dir / "r"), RecordKind.PIPELINE, {"pipeline": pipeline})
    assert pipeline_of(str(runs_dir), "r") == pipeline
    (run / ".runtui" / "pipeline.json").chmod(0o666)
    with pytest.raises(PipelineError, match="say which"):
        pipeline_of(str(runs_dir), "r")
