"""Outputs that lie in one directory, of which each is a run though no scheduler numbered it.

People keep the runs of a study side by side: ``H2O.inp`` and ``H2O.out`` beside ``NH3.inp`` and ``NH3.out``,
or ``T300.log``, ``T350.log``, ``T400.log``. The steps of one run look alike: ``scf.in``, ``nscf.in`` and
``bands.in`` with their outputs, ``01_min.out`` and ``02_prod.out``, the logs of ranks, outputs in a series.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from runtui.layouts.base import FOLDERS_OF_SOURCES, entries_of
from runtui.layouts.evidence import head_of
from runtui.layouts.job_logs import jobs_of
from runtui.layouts.script_outputs import SCRIPT
from runtui.layouts.solvers import SOLVERS, is_any_log
from runtui.logs.read.log_files import is_log_name
from runtui.logs.read.paired_logs import error_log_of

LEAST_NUMBERED = 3
"""Outputs that differ in a number alone."""

_LEAST_CALLED_RUNS = 2  # the same, of names that say that they are runs
_LEAST_PAIRED = 2  # outputs with an input of the same stem
MOST_OPENED = 24
"""Outputs of a directory that are opened."""

_HEAD = 8 * 1024  # bytes at the beginning of an output in which its program's name stands
_SHARED_LINES = 2  # at the beginnings of outputs of the same program
_LEAST_WORDS = 2  # in each of these lines
_SAMPLE = 1024  # bytes at the beginning by which a log is told from a table of numbers

_FLAGS = re.ASCII | re.IGNORECASE
_OUTPUT = re.compile(r"(?P<stem>[^.].*)\.(?P<ending>out|log|output|stdout|txt|pwo|nwo|abo)", _FLAGS)
_LOG_OF = re.compile(r"(?:log|out)\.(?P<stem>[A-Za-z][\w.+-]*)", re.ASCII)
"""Names that LAMMPS's users give to the logs of ``in.STEM``."""

_INPUTS = frozenset((
    "in", "inp", "input", "nw", "com", "gjf", "gau", "fdf", "edp", "nml", "mop", "d12", "pwi", "pw",
    "abi", "key", "i", "lmp", "lammps", "mdp", "sif", "par", "param", "prm", "ini", "cfg", "conf",
    "toml", "yaml", "yml", "json", "sh", "slurm", "sbatch", "pbs", "job", "sub", "geo", "fds", "tpr",
    "namd", "zmt",
))  # fmt: skip
"""Endings of inputs, of which one beside an output of the same stem tells that this is all of a run."""

_SOURCES = frozenset((
    "py", "ipynb", "c", "cc", "cpp", "cxx", "cu", "h", "hpp", "f", "f90", "f95", "f03", "for", "m",
    "jl", "r", "rs", "go", "java", "js", "ts", "md", "rst", "html", "aux", "bib", "o", "mod",
    "x", "exe", "pyc", "class",
))  # fmt: skip
"""Endings of what is no part of a run: sources, what compilers make of them, and documents."""

_OF_TEX = frozenset(("tex", "bbl", "blg", "toc", "fls", "nav", "snm", "gz"))
"""Endings of what TeX reads and writes beside a log."""

_WITHOUT_ENDING = re.compile(r"(?:outputs?|out|stdout|log)[_-](?P<stem>[A-Za-z]\w*)", _FLAGS)
"""Names of outputs without an ending, such as ``output_T300``."""

_BY_JOB = re.compile(r"(?:out|output|stdout)(?P<rest>[._-](?P<stem>[1-9]\d{3,}))", _FLAGS)
"""Names of outputs that a job's number ends, where the same with errors are beside them."""

_OUTPUT_BY_NUMBER = re.compile(r"(?:output|out|log|result|stdout)[._-]?(?P<number>\d+)", _FLAGS)
_INPUT_BY_NUMBER = re.compile(
    r"(?:input|in|config|conf|params?|parameters|settings)[._-]?(?P<number>\d+)\.(?P<ending>\w+)", _FLAGS
)
"""Stems of outputs, and names of inputs, that belong together by their numbers."""

_CALLED_RUN = re.compile(
    r"(?:run|exp|experiment|trial|sim|simulation|case)[._-]?#\.(?:out|log|output|stdout)", re.IGNORECASE
)
"""Names of outputs that say that they are runs, with a sign for the number."""

_NUMBER = re.compile(r"\d+(?:[.p]\d+)*(?:e[+-]?\d+)?", _FLAGS)
_LAST_NUMBER = re.compile(r"([A-Za-z]*)(?<![\d.])(\d+)(?![\d.]*\d)", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z]+|\d+(?:[.p]\d+)*", re.ASCII)
_CHAINED = frozenset((
    "md", "prod", "production", "equil", "eq", "equilibration", "equilibrate", "heat", "heating", "min",
    "minim", "minimization", "em", "nvt", "npt", "nve", "npgt", "step", "stage", "part", "seg",
    "segment", "restart", "cont", "continue", "rst", "dyn",
))  # fmt: skip
"""Words for steps of which the next one goes on where the last one ended, also under the same name."""

_STAGES = _CHAINED | frozenset((
    "scf", "nscf", "band", "bands", "bandx", "relax", "vc", "vcrelax", "opt", "optimize", "geom",
    "freq", "sp", "single", "ph", "phonon", "pp", "dos", "pdos", "projwfc", "neb", "q2r", "matdyn",
    "dynmat", "epw", "hp", "pw", "pwscf", "cp", "espresso", "qe", "wannier", "w90", "pw2wan",
    "pw2wannier", "pw2wannier90", "ir", "raman", "td", "tddft", "nbo", "train", "training", "test",
    "testing", "val", "valid", "validation", "eval", "evaluation", "infer", "pre", "post", "preprocess",
    "postprocess", "mesh", "setup", "build", "compile", "make", "configure", "install", "init", "main",
    "error", "errors", "err", "debug", "info", "warning", "out", "output", "log", "stdout", "stderr",
    "grompp", "mdrun", "genion", "pdb2gmx", "solvate", "tleap", "leap", "real", "wps", "ungrib",
    "geogrid", "metgrid", "chain", "bandstructure",
))  # fmt: skip
"""Words for steps of one run, or for its streams."""

_SERIES = frozenset((
    "rank", "ranks", "proc", "pe", "node", "worker", "task", "mpi", "frame", "frames", "step", "steps",
    "iter", "iteration", "iterations", "epoch", "epochs", "dump", "snap", "snapshot", "snapshots",
    "time", "cycle", "generation", "part", "chunk", "block", "gpu", "client", "server", "host", "image",
    "img", "page", "line",
)) | (_CHAINED - {"min"})  # fmt: skip
"""Words before the number of a part of a run: a rank, a step, or a piece of its output."""

_PUZZLES = frozenset(("", "test", "sample", "example", "input", "output", "in", "tc", "ex", "problem", "t"))
"""Words in names of inputs and outputs by which a program is tested."""

_TEXT_OF_OUTPUT = re.compile(
    r"(?:^|[^a-z])(?:out|output|outputs|log|results?|run|runs|stdout|timings?|threads?|procs?|cores?|nodes?|np|omp"
    r"|serial|parallel|bench|benchmark)(?:[^a-z]|$)",
    _FLAGS,
)
"""Words in the name of a text that is the output of a program."""

_FOLDER_OF_OUTPUTS = re.compile(
    r"(?:.*[._-])?(?:results?|outputs?|outs?|logs?|timings?|times|bench(?:marks?)?|runs?|measurements?)(?:[._-].*)?",
    _FLAGS,
)
"""Names of folders in which texts are the outputs of a program."""

_OF_DOCUMENTS = re.compile(rb"This is (?:pdf|Xe|Lua\w*)?(?:Bib)?TeX")
_OF_TESTS = FOLDERS_OF_SOURCES | frozenset((
    "testing", "testsuite", "test_suite", "testdata", "test_data", "test-data", "fixtures", "reference",
    "references", "expected", "baseline", "baselines", "ref", "refs", "samples",
))  # fmt: skip
"""Names of folders in and below which outputs are what a program is compared with."""


def outputs_of_runs(directory: str, files: Iterable[str]) -> list[str]:
    """Return the outputs in a directory that is no run of which each is one; sorted.

    Opens a few of them where their names alone do not tell.

    Args:
        directory: The directory.
        files: The names of its files.
    """
    names = frozenset(files)
    if not _OF_TESTS.isdisjoint(part.lower() for part in directory.split("/")[-3:]):
        return []
    found = set(outputs_by_names(names))
    if not found:
        found = _texts_of_runs(directory, names)
    if not found or any(_stem_of(name) is not None and not _is_text(name) for name in names - found):
        found |= _logs_of_programs(directory, names)
    return sorted(found)


@lru_cache(maxsize=4)  # each layout in turn is asked about the same directory
def outputs_by_names(files: frozenset[str]) -> frozenset[str]:
    """Return the outputs of which the names of all files tell that each is a run of its own."""
    stems = {
        name: stem
        for name in files
        if (stem := _stem_of(name)) is not None
        and not _is_text(name)
        and not (_is_puzzle(stem) and f"{stem}.in" in files)
        and _may_be_of_job(name, files)
    }
    if len(stems) >= _LEAST_PAIRED:
        jobs = jobs_of(files)
        stems = {name: stem for name, stem in stems.items() if name not in jobs}
    if len(stems) < _LEAST_PAIRED:
        return frozenset()
    found = {*_paired(stems, files), *_with_numbered_inputs(stems, files), *_numbered(stems, files)}
    return frozenset(_with_the_like(found, stems))


@lru_cache(maxsize=256)
def known_outputs(folder: str, _modified: int) -> frozenset[str]:
    """Return what `outputs_of_runs` finds in a directory, remembered until the directory is modified."""
    try:
        return frozenset(outputs_of_runs(folder, entries_of(folder).files))
    except OSError:
        return frozenset()


def is_output_of_run(path: str) -> bool:
    """Return whether a file is an output that `outputs_of_runs` finds in its directory."""
    folder, name = os.path.split(path)
    if _stem_of(name) is None:
        return False
    try:
        return name in known_outputs(folder, os.stat(folder or ".").st_mtime_ns)
    except OSError:
        return False


def _stem_of(name: str) -> str | None:
    """Return the stem of the name of a file that may be a run's output; None for others."""
    if (found := _BY_JOB.fullmatch(name)) is not None:
        return found["stem"]
    if (found := _WITHOUT_ENDING.fullmatch(name)) is not None:
        return found["stem"] if is_log_name(name) else None
    if (found := _OUTPUT.fullmatch(name)) is not None:
        return found["stem"] if _is_text(name) or (is_any_log(name) and is_log_name(name)) else None
    if (found := _LOG_OF.fullmatch(name)) is not None and is_any_log(name) and is_log_name(name):
        return found["stem"]
    return None


def _is_text(name: str) -> bool:
    """Return whether an output has a name that tells little: it is opened to tell a log from data."""
    return name.lower().endswith(".txt") or _WITHOUT_ENDING.fullmatch(name) is not None


def _stem_of_text(name: str) -> str:
    return name[:-4] if name.lower().endswith(".txt") else name


# By names


def _paired(stems: dict[str, str], files: frozenset[str]) -> set[str]:
    """Return the outputs beside which lie files of the same stem, if they are of different subjects."""
    endings: dict[str, set[str]] = defaultdict(set)
    for name in files:
        stem, _dot, ending = name.rpartition(".")
        endings[stem].add(ending.lower())
        if name.startswith("in."):
            endings[name.removeprefix("in.")].add("in")
    paired: dict[str, set[str]] = defaultdict(set)
    for name, stem in stems.items():
        beside = endings[stem] - {"out", "log", "output", "stdout", "txt", "pwo", "nwo", "abo", "err", "png"}
        if beside & _OF_TEX or (beside & _SOURCES and not beside & _INPUTS):
            continue
        for ending in beside - _SOURCES:
            paired[ending].add(name)
    found: set[str] = set()
    for ending, names in paired.items():
        subjects = {_subject(stems[name]) for name in names} - {""}
        least = _LEAST_PAIRED if ending in _INPUTS else LEAST_NUMBERED
        if len(subjects) >= least:
            found |= names
    return found


def _may_be_of_job(name: str, files: frozenset[str]) -> bool:
    """Return whether an output that ends with a number has errors beside it; true for any other."""
    found = _BY_JOB.fullmatch(name)
    return found is None or any(f"{word}{found['rest']}" in files for word in ("err", "error", "stderr"))


def _with_numbered_inputs(stems: dict[str, str], files: frozenset[str]) -> set[str]:
    """Return outputs that have inputs of their own numbers, as ``output_3.log`` and ``input_3.yaml``."""
    inputs = {
        found["number"]
        for name in files
        if (found := _INPUT_BY_NUMBER.fullmatch(name)) is not None
        and found["ending"].lower() in _INPUTS - {"in"}  # of a puzzle
    }
    outputs = {
        name
        for name, stem in stems.items()
        if (match := _OUTPUT_BY_NUMBER.fullmatch(stem)) is not None and match["number"] in inputs
    }
    return outputs if len(outputs) >= _LEAST_PAIRED else set()


def _with_the_like(found: set[str], stems: dict[str, str]) -> set[str]:
    """Return outputs with the others of the same endings, if these are no more than they."""
    more: set[str] = set()
    in_families = {
        name for family in _families(stems).values() if len(family) >= LEAST_NUMBERED for name in family
    }
    for ending in {_ending(name) for name in found}:
        others = {name for name in stems if _ending(name) == ending} - found - in_families
        if len(others) <= len(found):
            more |= {name for name in others if _subject(stems[name])}
    return found | more


def _ending(name: str) -> str:
    return name.rpartition(".")[2]


def _subject(stem: str) -> str:
    """Return the stem of an output without the words for steps of a run, and then without their numbers."""
    tokens = [token.lower() for token in _TOKEN.findall(stem)]
    rest = [token for token in tokens if token not in _STAGES]
    if len(rest) < len(tokens):
        rest = [token for token in rest if not token[0].isdigit()]
    return " ".join(rest)


def _is_puzzle(stem: str) -> bool:
    return _NUMBER.sub("", stem).strip("._-").lower() in _PUZZLES


def _numbered(stems: dict[str, str], files: frozenset[str]) -> set[str]:
    """Return the outputs whose names differ in numbers alone, unless they are parts of one run."""
    families = _families(name for name, stem in stems.items() if _NUMBER.search(stem) is not None)
    numbered = {mask: len(names) for mask, names in families.items()}
    # What is told by the number of the base goes with it: scf.out, scf2.out, scf3.out.
    for mask, names in families.items():
        base = mask.replace("#", "")
        if base in stems and base.rpartition(".")[0].lower() not in ("", "out", "output", "log", "job"):
            names.add(base)
    has_input = any(_ending(name) in _INPUTS and not SCRIPT.fullmatch(name) for name in files)
    has_any_input = has_input or any(name.startswith("in.") for name in files)
    found: set[str] = set()
    for mask, names in sorted(families.items(), key=lambda family: len(family[0])):
        are_called_runs = not has_any_input and _CALLED_RUN.fullmatch(mask) is not None
        least = _LEAST_CALLED_RUNS if are_called_runs and numbered[mask] == len(names) else LEAST_NUMBERED
        if len(names) < least or _is_series(mask) or (has_input and _are_counted(names)):
            continue
        if not any(_go_along(names, others) for others in _families(found).values()):
            found |= names
    return found


def _families(names: Iterable[str]) -> dict[str, set[str]]:
    """Return names that differ in numbers alone together, by what they are without them."""
    families: dict[str, set[str]] = defaultdict(set)
    for name in names:
        families[_NUMBER.sub("#", name)].add(name)
    return families


def _are_counted(names: Iterable[str]) -> bool:
    """Return whether the last numbers of outputs are 0, 1, 2 and so on, as those of ranks are, or p1, p2."""
    last = [_LAST_NUMBER.findall(name)[-1:] for name in names]
    numbers = sorted(int(found[0][1]) for found in last if found)
    first = 1 if all(found and found[0][0] == "p" for found in last) and 0 not in numbers else 0
    return numbers == list(range(first, first + len(last)))


def _go_along(names: set[str], others: set[str]) -> bool:
    """Return whether outputs only go along with others of the same numbers, as ``a_1_cache.log``."""
    numbers = {tuple(_NUMBER.findall(name)) for name in others}
    begin_alike = {_NUMBER.split(name)[0] for name in names} <= {_NUMBER.split(name)[0] for name in others}
    return begin_alike and {tuple(_NUMBER.findall(name)) for name in names} <= numbers


def _is_series(mask: str) -> bool:
    """Return whether outputs that differ in a number are parts of one run, by the words before the number."""
    words = [word.lower() for word in re.findall(r"[A-Za-z]+(?=[._-]*#)", mask)]
    if any(word in _SERIES for word in words):
        return True
    rest = [token.lower() for token in re.findall(r"[A-Za-z]+", mask.rpartition(".")[0])]
    return any(word in _CHAINED for word in rest) or mask.startswith("log.#")


# By what they say


def _texts_of_runs(directory: str, files: frozenset[str]) -> set[str]:
    """Return the texts that are the outputs of runs: numbered ones, called outputs, that are no tables."""
    errors = {error_log_of(name) for name in files}
    texts = sorted(name for name in files if _is_text(name) and name not in errors)
    if len(texts) < LEAST_NUMBERED:
        return set()
    is_of_outputs = any(map(_FOLDER_OF_OUTPUTS.fullmatch, directory.split("/")[-2:]))
    stems = {name: _stem_of_text(name) for name in texts}
    if not is_of_outputs:
        stems = {name: stem for name, stem in stems.items() if _TEXT_OF_OUTPUT.search(stem)}
    families = _families(_numbered(stems, files)).values()
    found = {name for family in families if _are_logs(directory, family) for name in family}
    if is_of_outputs:
        alike = _alike({name: _head(directory, name, _HEAD) for name in texts[:MOST_OPENED]})
        found |= _with_the_like(alike, {name: _stem_of_text(name) for name in texts})
    return found


def _are_logs(directory: str, names: Iterable[str]) -> bool:
    head = _head(directory, max(names), _SAMPLE)
    lines = [line for line in head.splitlines() if line.strip()]
    if not lines or b"\0" in head:
        return False
    words = sum(re.search(rb"[A-Za-z]{3}", line) is not None for line in lines)
    return words * 3 >= len(lines)


def _logs_of_programs(directory: str, files: frozenset[str]) -> set[str]:
    """Return the logs that begin like those of a known code, or all alike; of a run's steps the last."""
    stems = {name: stem for name in files if (stem := _stem_of(name)) is not None and not _is_text(name)}
    tried = sorted(stems)[:MOST_OPENED]
    heads = {name: _head(directory, name, _HEAD) for name in tried}
    found = {name for name in tried if _is_of_program(heads[name])} | _alike(heads)
    subjects = {_subject(stems[name]) for name in found} - {""}
    if len(subjects) < _LEAST_PAIRED:
        return {max(found)} if any(_is_of_program(heads[name]) for name in found) else set()
    return _with_the_like(found, stems)


def _alike(heads: dict[str, bytes]) -> set[str]:
    """Return the logs of which several share lines but for numbers, with words: a program wrote them."""
    lines = {name: _lines_with_words(head) for name, head in heads.items() if b"\0" not in head}
    found: set[str] = set()
    for own in lines.values():
        family = {name for name, others in lines.items() if len(own & others) >= _SHARED_LINES}
        if len(family) >= LEAST_NUMBERED and not any(_is_series(_NUMBER.sub("#", name)) for name in family):
            found |= family
    return found


def _lines_with_words(head: bytes) -> set[bytes]:
    if _OF_DOCUMENTS.search(head) is not None:
        return set()
    lines = map(without_numbers, head.splitlines())
    return {line for line in lines if len(re.findall(rb"[A-Za-z]{3,}", line)) >= _LEAST_WORDS}


def _is_of_program(head: bytes) -> bool:
    return any(solver.banner.search(head) for solver in SOLVERS)


def without_numbers(line: bytes) -> bytes:
    """Return a line of an output with a sign for each number."""
    return re.sub(rb"\s+", b" ", re.sub(rb"\d[\d.]*(?:e[+-]?\d+)?", b"#", line)).strip()


def _head(directory: str, name: str, most: int) -> bytes:
    try:
        return head_of(os.path.join(directory, name), most)[0]
    except (OSError, ValueError):
        return b""
