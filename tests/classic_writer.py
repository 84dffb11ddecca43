"""A classic writer of run directories, as programs in the field have it, with its ten bad habits.

The tests hold runtui against it: what it writes must be read whatever its state, and `runtui.RunManager`
must be a drop-in for the class here without its faults. The habits are meant; do not repair them:

 1. metadata.json is rewritten in place, so that a reader finds it empty or half written;
 2. the metadata is kept in memory and the whole file rewritten from there;
 3. the index is read, changed and rewritten without a lock;
 4. after a cleanup the index still lists the deleted runs;
 5. started_at stays null, since the key is there from the start;
 6. a cleanup deletes live runs, and parents whose checkpoints a child needs;
 7. a grandchild looks for checkpoints in its parent only;
 8. a run id is joined to the path unchecked, and an existing run is overwritten;
 9. a cleanup follows the index, not the disk;
10. statuses are unchecked text, and time stamps may come without a zone.

As a program it makes runs and rewrites them at full speed:

    python tests/classic_writer.py BASE [--runs N] [--seconds S] [--size BYTES] [--hz HZ]

It prints the id of each run as it makes it, one a line, then ``writing``, and ``done`` at the end.
"""

import argparse
import getpass
import json
import logging
import random
import shutil
import socket
import subprocess
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

logger = logging.getLogger("runtui")


class RunStatus:
    INITIALising = "initialising"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CHECKPOINTED = "checkpointed"
    RESUMED = "resumed"


class RunManager:
    zone = "Z"
    """What follows a time stamp; some writers leave it empty."""

    def __init__(self, base_runs_dir="runs", auto_create=True):
        self.base_runs_dir = Path(base_runs_dir)
        self.run_id = None
        self.run_dir = None
        self.metadata = {}
        self.index_file = self.base_runs_dir / ".run_index.json"
        if auto_create:
            self.base_runs_dir.mkdir(parents=True, exist_ok=True)

    def create_run(self, description=None, tags=None, run_id=None, **kwargs):
        self.run_id = run_id or str(uuid.uuid4())
        self.run_dir = self.base_runs_dir / self.run_id
        self.run_dir.mkdir(parents=True, exist_ok=True)
        (self.run_dir / "results").mkdir(exist_ok=True)
        (self.run_dir / "checkpoints").mkdir(exist_ok=True)
        (self.run_dir / "logs").mkdir(exist_ok=True)
        self.metadata = {
            "run_id": self.run_id,
            "created_at": self._now(),
            "description": description or f"Simulation run {self.run_id[:8]}",
            "status": RunStatus.INITIALising,
            "tags": tags or [],
            "hostname": socket.gethostname(),
            "user": getpass.getuser(),
            "git_commit": self._get_git_commit(),
            "parent_run_id": None,
            "checkpoints": [],
            "started_at": None,
            "completed_at": None,
        }
        self.metadata.update(kwargs)
        self._save_metadata()
        self._update_run_index(latest=True)
        self._update_current_symlink()
        return self.run_id

    def create_child_run(self, parent_run_id, description=None, tags=None, copy_checkpoints=True, **kwargs):
        try:
            with open(self.base_runs_dir / parent_run_id / "metadata.json") as file:
                parent = json.load(file)
        except FileNotFoundError:
            raise ValueError(f"Parent run not found: {parent_run_id}") from None
        if tags is None:
            tags = [*parent.get("tags", []), "resumed"]
        return self.create_run(
            description or f"Resumed from {parent_run_id[:8]}",
            tags,
            parent_run_id=parent_run_id,
            resumed_from=parent_run_id,
            checkpoints=list(parent.get("checkpoints", [])) if copy_checkpoints else [],
            **kwargs,
        )

    def load_run(self, run_id):
        run_dir = self.base_runs_dir / run_id
        try:
            with open(run_dir / "metadata.json") as file:
                metadata = json.load(file)
        except (OSError, ValueError) as error:
            logger.error(f"Failed to load run {run_id}: {error}")
            return False
        self.run_id, self.run_dir, self.metadata = run_id, run_dir, metadata
        logger.info(f"Loaded run: {run_id}")
        return True

    def update_status(self, status, **kwargs):
        if not self._has_run():
            return
        self.metadata["status"] = status
        if status == RunStatus.RUNNING and "started_at" not in self.metadata:
            self.metadata["started_at"] = self._now()
        if status in (RunStatus.COMPLETED, RunStatus.FAILED):
            self.metadata["completed_at"] = self._now()
        self.metadata.update(kwargs)
        self._save_metadata()
        self._update_run_index()

    def add_checkpoint(self, checkpoint_name, checkpoint_path=None):
        if not self._has_run():
            return
        self.metadata.setdefault("checkpoints", []).append(
            {
                "name": checkpoint_name,
                "created_at": self._now(),
                "path": str(checkpoint_path) if checkpoint_path else None,
            }
        )
        self._save_metadata()

    def get_results_dir(self):
        return self.run_dir / "results" if self.run_dir else None

    def get_checkpoints_dir(self):
        if not self.run_dir:
            return None
        own = self.run_dir / "checkpoints"
        parent = self.metadata.get("parent_run_id")
        if parent and not any(own.iterdir()):
            return self.base_runs_dir / parent / "checkpoints"
        return own

    def get_logs_dir(self):
        return self.run_dir / "logs" if self.run_dir else None

    def save_config(self, config_data, filename="config.yaml"):
        if not self._has_run():
            return
        with open(self.run_dir / filename, "w") as file:
            if isinstance(config_data, (dict, list)):
                json.dump(config_data, file, indent=2)
            else:
                file.write(str(config_data))

    def save_run_params(self, params):
        if not self._has_run():
            return
        with open(self.run_dir / "run_params.json", "w") as file:
            json.dump(params, file, indent=2)

    def list_runs(self, limit=None, status_filter=None):
        try:
            with open(self.index_file) as file:
                runs = json.load(file)["runs"]
        except (OSError, ValueError, KeyError):
            return []
        if status_filter:
            runs = [run for run in runs if run["status"] == status_filter]
        runs.sort(key=lambda run: run["created_at"], reverse=True)
        return runs[:limit] if limit else runs

    def get_latest_run(self):
        try:
            with open(self.index_file) as file:
                return json.load(file)["latest"]
        except (OSError, ValueError, KeyError):
            return None

    def cleanup_old_runs(self, keep_count=10, older_than_days=None):
        old = self.list_runs()[keep_count:]
        if older_than_days is not None:
            limit = (datetime.now(UTC) - timedelta(days=older_than_days)).isoformat()
            old = [run for run in old if run["created_at"] < limit]
        for run in old:
            run_dir = self.base_runs_dir / run["run_id"]
            if run_dir.exists():
                shutil.rmtree(run_dir)
        self._update_run_index()

    def _has_run(self):
        if self.run_dir is None:
            logger.warning("No active run")
        return self.run_dir is not None

    def _now(self):
        return datetime.now(UTC).replace(tzinfo=None).isoformat() + self.zone

    def _get_git_commit(self):
        try:
            answer = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True)
        except OSError:
            return None
        return answer.stdout.strip()[:12] if answer.returncode == 0 else None

    def _save_metadata(self):
        with open(self.run_dir / "metadata.json", "w") as file:
            json.dump(self.metadata, file, indent=2)

    def _update_run_index(self, latest=False):
        try:
            index = {"runs": [], "latest": None}
            if self.index_file.exists():
                with open(self.index_file) as file:
                    index = json.load(file)
            summary = {
                "run_id": self.run_id,
                "description": self.metadata.get("description", ""),
                "created_at": self.metadata.get("created_at", ""),
                "status": self.metadata.get("status", ""),
                "tags": self.metadata.get("tags", []),
            }
            index["runs"] = [run for run in index["runs"] if run["run_id"] != summary["run_id"]]
            index["runs"].append(summary)
            if latest:
                index["latest"] = self.run_id
            with open(self.index_file, "w") as file:
                json.dump(index, file, indent=2)
        except Exception:
            pass

    def _update_current_symlink(self):
        link = self.base_runs_dir / "current"
        try:
            if link.is_symlink() or link.exists():
                link.unlink()
            link.symlink_to(self.run_id)
        except OSError:
            pass


def write_at_full_speed(base, runs=1, seconds=5.0, size=4000, hz=0.0, seed=0, zone="Z", say=print):
    """Make `runs` runs and rewrite them in turn for `seconds`: statuses, checkpoints, results and logs.

    Each run ends `completed` or `failed`, by turns. `size` is about how large a metadata.json is, in bytes;
    `hz` how often each run is rewritten per second, 0 for as often as can be.
    """
    choice = random.Random(seed)
    managers = []
    for number in range(runs):
        manager = RunManager(base)
        manager.zone = zone
        manager.create_run(f"classic run {number}", ["classic", f"batch{seed}"], number=number)
        manager.save_run_params({"beta": choice.random(), "model": {"size": size, "seed": seed}})
        managers.append(manager)
        say(manager.run_id)
    say("writing")
    history = [choice.random() for _ in range(max(0, size - 700) // 26)]
    deadline = time.monotonic() + seconds
    step = 0
    while time.monotonic() < deadline:
        began = time.monotonic()
        step += 1
        for manager in managers:
            manager.update_status(RunStatus.RUNNING, step=step, history=history)
            with open(manager.get_logs_dir() / "simulation.log", "a") as log:
                log.write(f"{manager._now()} INFO step {step}, residual {choice.random():.6f}\n")
            if step % 50 == 1 and len(manager.metadata["checkpoints"]) < 10:
                path = manager.run_dir / "checkpoints" / f"step_{step}.json"
                path.write_text(json.dumps({"step": step}))
                manager.add_checkpoint(f"step_{step}", path)
            if step % 20 == 0:
                manager.update_status(RunStatus.CHECKPOINTED)
        if hz:
            time.sleep(max(0.0, 1 / hz - (time.monotonic() - began)))
    for number, manager in enumerate(managers):
        (manager.get_results_dir() / "result.json").write_text(json.dumps({"steps": step}))
        if number % 2:
            with open(manager.get_logs_dir() / "simulation.log", "a") as log:
                log.write(f"{manager._now()} ERROR diverged at step {step}\n")
            manager.update_status(RunStatus.FAILED, error="diverged")
        else:
            manager.update_status(RunStatus.COMPLETED)
    say("done")


def main():
    parser = argparse.ArgumentParser(description="Write run directories as classic programs do.")
    parser.add_argument("base", help="the runs directory")
    parser.add_argument("--runs", type=int, default=1, help="how many runs to make")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to go on rewriting them")
    parser.add_argument("--size", type=int, default=4000, help="bytes of a metadata.json, about")
    parser.add_argument("--hz", type=float, default=0.0, help="rewrites a second; 0 for full speed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-zone", action="store_true", help="leave the zone off the time stamps")
    given = parser.parse_args()
    write_at_full_speed(
        given.base,
        given.runs,
        given.seconds,
        given.size,
        given.hz,
        given.seed,
        "" if given.no_zone else "Z",
        say=lambda line: print(line, flush=True),
    )


if __name__ == "__main__":
    main()
