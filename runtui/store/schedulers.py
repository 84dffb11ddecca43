"""Registry of what tells of a scheduler's jobs: variables, keys, ids and names of files.

A row is enough for jobs that people submit themselves to be recognised. The commands of a scheduler, by which
its jobs are queried, cancelled and submitted, are a module in `runtui.batch`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from runtui.text.lazy_pattern import LazyPattern


class JobNames(NamedTuple):
    """Names by which a scheduler's jobs are known. Keys are in lower case, and also mean variables.

    Attributes:
        variables: Environment variables that it sets inside a job, and that are recorded with a run; first
            that of the job's id.
        job: Keys for the id of a job.
        job_id: Form of an id. Its group ``job`` is what the scheduler takes, ``task`` the index of a task.
        array, task: Keys for the id of an array of jobs, and for the index of one of its tasks.
        has_one_id: Whether the id of a task's job is that of the array.
        task_form: Id of a task, from ``{job}`` and ``{task}``.
        folders: Keys of objects in which names may lack the scheduler's.
        shared: Keys for the id of a job that say so only beside one of `task`: others use them as well.
        attempt: Keys for how many times a job was begun anew.
        output: Form of the name of a file that holds a job's output, with the groups of `job_id`.
        program: Command by which it is recognised on this host.
        cluster: Environment variables that say which cluster its commands ask.
    """

    variables: tuple[str, ...]
    job: tuple[str, ...]
    job_id: LazyPattern[str]
    array: tuple[str, ...] = ()
    task: tuple[str, ...] = ()
    has_one_id: bool = False
    task_form: str = "{job}"
    folders: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    attempt: tuple[str, ...] = ()
    output: LazyPattern[str] | None = None
    program: str = ""
    cluster: tuple[str, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """All keys that may be beside each other in a run's metadata."""
        return frozenset((*self.job, *self.array, *self.task, *self.shared, *self.attempt, *self.folders))

    def id_of(self, found: re.Match[str]) -> str:
        """Return the id in a match of `job_id` or `output`."""
        groups = found.groupdict()
        return self.task_id(groups["job"], groups["task"]) if groups.get("task") else groups["job"]

    def task_id(self, job: str, task: str) -> str:
        """Return the id of a task of an array."""
        return self.task_form.format(job=job, task=task)


SCHEDULERS: dict[str, JobNames] = {
    "slurm": JobNames(
        variables=("SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_RESTART_COUNT"),
        job=("slurm_job_id", "slurm_jobid", "slurm.job_id", "slurm.jobid", "slurm_id"),
        # 41, 41_3 of an array, 41+1 of a heterogeneous job; steps such as 41.0; 41;cluster of a federation
        job_id=LazyPattern(
            r"(?:Submitted batch job )?(?P<job>[1-9]\d{0,9}(?:\+\d{1,4})?)(?:_\[?(?P<task>\d{1,9})\]?)?"
            r"(?:\.(?:\d{1,9}|batch|extern|interactive))?(?:;\S*)?"
        ),
        array=("slurm_array_job_id", "slurm.array_job_id"),
        task=("slurm_array_task_id", "slurm.array_task_id", "slurm_array_id"),
        task_form="{job}_{task}",
        folders=("slurm", "slurm_job"),
        attempt=("slurm_restart_count",),
        output=LazyPattern(r"slurm-(?P<job>[1-9]\d{0,9})(?:_(?P<task>\d{1,9}))?\.(?:out|err|log)(?:\.gz)?"),
        program="squeue",
        cluster=("SLURM_CONF", "SLURM_CLUSTERS"),
    ),
    "pbs": JobNames(  # and Torque
        variables=("PBS_JOBID",),
        job=("pbs_jobid", "pbs_job_id", "pbs.job_id"),
        # 41.server, 41[3].server of an array; the server is optional
        job_id=LazyPattern(
            r"(?P<job>[1-9]\d{0,11}(?:\[\d{0,9}\])?"
            r"(?:\.(?!(?:batch|extern|interactive|\d+)$)[A-Za-z0-9][A-Za-z0-9.-]{0,60})?)"
        ),
        task_form="{job}[{task}]",
        folders=("pbs", "pbs_job"),
        output=LazyPattern(r".+\.[oe](?P<job>[1-9]\d{0,9})(?:[.-](?P<task>\d{1,9}))?"),
        program="pbsnodes",
        cluster=("PBS_SERVER", "PBS_DEFAULT", "PBS_CONF_FILE"),
    ),
    "gridengine": JobNames(
        variables=("JOB_ID", "SGE_TASK_ID"),
        job=("gridengine_job_id", "sge_job_id", "sge_jobid", "sge.job_id"),
        # 41, 41.3 of an array, and what qsub prints
        job_id=LazyPattern(
            r"(?:Your job(?:-array)? )?(?P<job>[1-9]\d{0,9})"
            r"(?:\.\d{1,9}-\d{1,9}(?::\d+)?|\.(?P<task>[1-9]\d{0,8}))?(?: \(.*)?"
        ),
        task=("sge_task_id", "sge.task_id"),
        has_one_id=True,
        task_form="{job}.{task}",
        folders=("gridengine", "grid_engine", "sge", "sge_job"),
        shared=("job_id",),
        output=LazyPattern(r".+\.p?[oe](?P<job>[1-9]\d{0,9})(?:\.(?P<task>\d{1,9}))?"),
        program="qconf",
        cluster=("SGE_ROOT", "SGE_CELL"),
    ),
}
"""Names of jobs, by the scheduler's name. Of an id that several schedulers could give, those that are
installed here count first, then the first row."""
