"""Simulation codes whose case directories are runs: the table of their inputs, outputs and logs.

To teach another code, add a row to `SOLVERS`, the time in its logs to ``logs/read/start_times.py``, and a log
of it to ``tests/layouts/samples``. Sources: the manuals, and output of releases in Debian 12 (LAMMPS 2021-09,
GROMACS 2022.5, OpenFOAM 1912, Quantum ESPRESSO 6.7, CP2K 2023.1, ABINIT 9.6, NWChem 7.0, CalculiX 2.20); of
VASP and WRF published outputs.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from runtui.logs.read.log_files import unpacked_name
from runtui.text.lazy_pattern import LazyPattern

_NO_LOG = (
    r"(?!a\.out$|(?:config|configure|cmake|make|genmake|f90mkdepend|compile|build|install|setup|leap|parmed)\.log$"
    r"|.*\.(?:py|ipynb|md|sh|c|cc|cpp|cu|h|hpp|f|f90|js|ts|rs|go|java|jl|m|r|html|png|jpe?g|pdf|svg|csv|json|ya?ml)$)"
)
_ANY_LOG = (
    rf"{_NO_LOG}(?:.*\.(?:log|out|err|stdout|stderr|logfile|p?[oe]\d+(?:\[\d+\])?|pwo|nwo|abo|(?-i:OU|ER))|log(?:[._-].*)?|output(?:\.txt)?"
    r"|(?:std)?(?:out|err)(?:\.txt)?|slurm-.*|nohup.*|rsl\..*|STD(?:OUT|ERR)\.\d+)(?:\.(?:gz|xz|bz2|zst))?"
)

_is_any_log = re.compile(_ANY_LOG, re.IGNORECASE).fullmatch
_MOST_NAMES = 4096  # names of files that are remembered: in many directories the same ones


@lru_cache(maxsize=_MOST_NAMES)
def is_any_log(name: str) -> bool:
    """Return whether a file may be a log, of the code, a wrapper or a scheduler, by its name."""
    return _is_any_log(unpacked_name(name)) is not None


class Solver(NamedTuple):
    """The case directories and logs of a code.

    Attributes:
        name: The name of the layout.
        certain: Names of files of which one makes a directory a case of the code.
        inputs, outputs: Names of files that do so together.
        own_logs: Names of the logs that the code itself names; those there are count before any other, and
            the first pattern that names some before the next.
        banner: What stands in the first lines of any log of the code, by which logs of free names are known.
        done: What it writes at the end of a run that went well.
        failed: What it writes, and nobody else, when it fails.
        end_mark: What each log of a run that went well ends with, for the user.
        afterwork: What stands in the first lines of logs of programs that only work on results.
        parts: Names of folders of a case, besides those that any code may have.
        results: Names of results that have what `done` finds at their end, too, for cases without a log.
        has_folders: Whether the folders of OpenFOAM make a directory a case.
        marked_logs: Names of the logs that have the end mark, where others end otherwise; None for all.
    """

    name: str
    certain: LazyPattern[str] | None
    inputs: LazyPattern[str] | None
    outputs: LazyPattern[str] | None
    own_logs: tuple[LazyPattern[str], ...]
    banner: LazyPattern[bytes]
    done: LazyPattern[bytes]
    failed: LazyPattern[bytes]
    end_mark: str
    afterwork: LazyPattern[bytes] | None = None
    parts: LazyPattern[str] | None = None
    results: LazyPattern[str] | None = None
    has_folders: bool = False
    marked_logs: LazyPattern[str] | None = None

    def is_marked(self, log: str) -> bool:
        """Return whether a log of that name ends with the end mark if the run went well."""
        return self.marked_logs is None or self.marked_logs.match(log) is not None


def _names(source: str) -> LazyPattern[str]:
    """Return an expression that finds a name in a listing, of which each line is a name."""
    return LazyPattern(rf"^(?:{source})$", re.MULTILINE)


def _text(source: str) -> LazyPattern[bytes]:
    return LazyPattern(source.encode(), re.MULTILINE)


_QE_STAGES = (
    r"pw|pwscf|cp|n?scf|bands?x?|(?:vc-?)?relax|(?:vc-?)?md|opt|ph|phonon|pp|p?dos|projwfc|neb|q2r|matdyn|dynmat|hp"
    r"|epw|espresso|qe"
)

SOLVERS: tuple[Solver, ...] = (
    Solver(
        "openfoam",
        certain=_names(r"log\.\w+Foam(?:\.\w+)?"),
        inputs=None,
        outputs=None,
        own_logs=(),
        banner=_text(r"OpenFOAM|^Exec +: "),
        done=_text(r"^End[ \t\r]*$|^Finalising parallel run"),
        failed=_text(r"FOAM FATAL|^FOAM (?:parallel run )?(?:exiting|aborting)|Foam::\w+::sigHandler"),
        end_mark="End",
        afterwork=_text(
            r"^Exec +: \S*(?:reconstructPar|foamTo|postProcess|sample|paraFoam|patchSummary|foamL)"
        ),
        parts=LazyPattern(
            r"\d+(?:\.\d*)?(?:e[+-]?\d+)?|0\..*|-\d.*|system|constant|processors?\d.*|postProcessing|VTK|dynamicCode"
        ),
        has_folders=True,
    ),
    Solver(
        "gromacs",
        certain=_names(r".*\.tpr|(?:gmx_?)?mdrun.*\.(?:out|log)"),
        inputs=_names(r".*\.(?:mdp|edr|top)"),
        outputs=_names(rf"{_ANY_LOG}|.*\.(?:edr|xtc|trr|cpt)"),
        own_logs=(),
        banner=_text(r"^GROMACS version: |^Log file opened on"),
        # A run that was continued appends to its log.
        done=_text(r"^Finished mdrun on (?!(?:(?!^Finished)[\s\S])*^Restarting from checkpoint)"),
        failed=_text(
            r"^(?:Fatal error|Software inconsistency error|Error in user input|Inconsistency in user input"
            r"|File input/output error|Invalid command-line options|Feature not implemented):"
        ),
        end_mark="Finished mdrun",
        parts=LazyPattern(r"toppar|.*\.ff"),
    ),
    Solver(
        "vasp",
        certain=_names(r"OUTCAR(?:[._-].*|\d+)?|OSZICAR|vasp\.out"),
        inputs=_names(r"INCAR(?:[._-].*|\d+)?"),
        outputs=_names(r"(?:POSCAR|KPOINTS|POTCAR|OSZICAR|CONTCAR|XDATCAR|vasprun)(?:[._-].*|\d+)?"),
        own_logs=(_names(r"OUTCAR"), _names(r"OUTCAR(?:[._-].*|\d+)")),
        banner=_text(r"^ ?vasp\.|running on +\d+ (?:total cores|nodes)"),
        done=_text(
            r"General timing and accounting informations|Voluntary context switches"
            r"|^ ?reached required accuracy - stopping structural|^ ?writing wavefunctions\s*\Z"
        ),
        failed=_text(
            r"VERY BAD NEWS|I REFUSE TO CONTINUE|ZBRENT: fatal error|Error EDDDAV"
            r"|BRMIX: very serious problems"
        ),
        end_mark="General timing and accounting informations",
        marked_logs=_names(r"OUTCAR(?:[._-].*|\d+)?"),
    ),
    Solver(
        "wrf",
        certain=_names(r"rsl\.(?:error|out)\.\d+"),
        inputs=_names(r"namelist\.input"),
        outputs=_names(r"wrf(?:out|input|rst|bdy)_.*|(?:wrf|real|ideal|run).*\.(?:log|out)"),
        own_logs=(_names(r"rsl\.(?:error|out)\.0+"), _names(r"rsl\.(?:error|out)\.\d+")),
        banner=_text(r"\bWRF V\d|REAL_EM V\d"),
        done=_text(r"SUCCESS COMPLETE"),
        failed=_text(r"FATAL CALLED FROM FILE|^forrtl: severe"),
        end_mark="SUCCESS COMPLETE WRF",
    ),
    Solver(
        "nwchem",
        certain=_names(r".*\.(?:movecs|nwo)"),
        inputs=_names(r".*\.nw|nwchem.*\.inp?"),
        outputs=_names(rf"{_ANY_LOG}|.*\.db"),
        own_logs=(),
        banner=_text(r"NWChem|argument  1 = .*\.nw"),
        done=_text(r"^ Total times +cpu:"),
        failed=_text(r"(?:There is an error in the input file|ARMCI Error|Received an Error in Comm)[\s\S]*"),
        end_mark="Total times",
    ),
    Solver(
        "abinit",
        certain=_names(r".*\.abo"),
        inputs=_names(r".*\.(?:abi|files)"),
        outputs=_names(rf"{_ANY_LOG}|.*o_(?:DEN|WFK|GSR|EIG|DDB|OUT)(?:\.nc)?"),
        own_logs=(_names(r".*\.abo"),),
        banner=_text(r"of ABINIT|^  ABINIT \d"),
        done=_text(r"^ ?Calculation completed"),
        failed=_text(r"^--- !(?:ERROR|BUG)"),
        end_mark="Calculation completed",
    ),
    Solver(
        "cp2k",
        certain=_names(r".*-RESTART\.(?:wfn|kp).*|.*-\d+\.restart|cp2k.*\.(?:out|log)"),
        inputs=_names(r".*\.inp"),
        outputs=_names(r".*-(?:pos|vel|frc)-\d+\.\w+|.*-\d+\.(?:ener|cell|stress)"),
        own_logs=(),
        banner=_text(r"PROGRAM STARTED AT|^ CP2K\|"),
        done=_text(r"PROGRAM ENDED AT"),
        failed=_text(r"^ \*.*\[ABORT\]"),
        end_mark="PROGRAM ENDED AT",
    ),
    Solver(
        "calculix",
        certain=_names(r".*\.cvg"),
        inputs=_names(r".*\.inp"),
        outputs=_names(r".*\.(?:frd|12d)|spooles\.out"),
        own_logs=(_names(r"_output_.*\.txt"),),  # PrePoMax
        banner=_text(r"CalculiX Version"),
        done=_text(r"^ *Job finished|^ *Total CalculiX Time|^ 9999\s*\Z"),
        failed=_text(r"^ *\*ERROR"),
        end_mark="Job finished",
        results=_names(r".*\.frd"),
    ),
    Solver(
        "freefem",
        certain=None,
        inputs=_names(r".*\.edp"),
        outputs=_names(_ANY_LOG),
        own_logs=(),
        banner=_text(r"FreeFem\+\+ v"),
        done=_text(r"^Ok: Normal End"),
        failed=_text(r"^(?:error )?(?:Exec|Compile) error"),
        end_mark="Ok: Normal End",
    ),
    Solver(
        "lammps",
        certain=_names(r"(?i:log\.lammps(?:[._-].*)?|.*log\.lammps|log.*\.lammps)"),
        inputs=_names(
            r"in\.(?!(?:txt|csv|json|dat|ya?ml|png|xml|gz)$).+|.*\.(?:lmp|lammps)|(?:lmp|lammps).*\.in(?:p(?:ut)?)?"
        ),
        outputs=_names(rf"{_ANY_LOG}|restart\..*|dump\..*|.*\.lammpstrj"),
        own_logs=(_names(r"(?i:log\.lammps)"), _names(r"(?i:.*log\.lammps(?:[._-].*)?|log.*\.lammps)")),
        banner=_text(r"^LAMMPS \("),
        # Where a script quits, no times are printed.
        done=_text(r"^Total wall time:|^quit(?:[ \t]+0)?\s*\Z"),
        failed=_text(r"^ERROR.*\(\S+\.cpp:\d+\)|^quit[ \t]+[1-9]\d*\s*\Z"),
        end_mark="Total wall time",
    ),
    Solver(
        "espresso",
        certain=_names(r".*\.pwo|(?:.*[._-])?(?:n?scf|vc-?relax)\d*\.out"),
        inputs=_names(
            rf"(?:.*[._-])?(?:{_QE_STAGES})\d*(?:[._-].*)?\.(?:in|inp|pw|input)|pw\..*\.in|.*\.(?:pwi|UPF|upf)"
        ),
        outputs=_names(rf"{_ANY_LOG}|CRASH"),
        own_logs=(),
        banner=_text(r"Program [\w.-]+ +v\.\S+ +(?:\(.*\) +)?starts|Quantum ESPRESSO suite"),
        # Programs of others in the suite end with its table of timings alone.
        done=_text(r"JOB DONE\.|^ +Parallel routines\s+fft_scatt\w+ +:[^\n]*\s*\Z"),
        # Without convergence the last words are the usual ones, and the exit code is not.
        failed=_text(
            r"^ %{20,}\s+(?:Error in routine|from )[\s\S]*|^STOP [1-9]\d*\s*\Z"
            r"|convergence NOT achieved[^\n]*stopping(?:(?!convergence )[\s\S])*?JOB DONE\."
        ),
        end_mark="JOB DONE",
    ),
    Solver(
        "gaussian",
        certain=None,
        inputs=_names(r".*\.(?:gjf|com|gau)"),
        outputs=_names(r".*\.(?:log|f?chk)"),
        own_logs=(),
        banner=_text(r"Entering Gaussian System|Gaussian, Inc\."),
        done=_text(r"^ Normal termination of Gaussian(?![\s\S]*^ Entering Link 1)"),
        failed=_text(r"^ Error termination (?:via|request|in)|galloc: +could not allocate memory"),
        end_mark="Normal termination of Gaussian",
    ),
    Solver(
        "orca",
        certain=_names(r".*\.(?:gbw|densitiesinfo)"),
        inputs=_names(r".*\.(?:inp|xyz)"),
        outputs=_names(r"orca.*\.out|.*\.property\.txt"),
        own_logs=(),
        banner=_text(r"\* O   R   C   A \*"),
        done=_text(r"ORCA TERMINATED NORMALLY"),
        failed=_text(r"ORCA finished by error termination|^ +INPUT ERROR *$|^aborting the run"),
        end_mark="ORCA TERMINATED NORMALLY",
    ),
    Solver(
        "psi4",
        certain=None,
        inputs=None,
        outputs=None,
        own_logs=(),
        banner=_text(r"Psi4: An Open-Source Ab Initio"),
        done=_text(r"^\*\*\* Psi4 exiting successfully"),
        failed=_text(r"^\*\*\* Psi4 encountered an error|^PSIO_ERROR"),
        end_mark="Psi4 exiting successfully",
    ),
    Solver(
        "siesta",
        certain=None,
        inputs=_names(r".*\.fdf"),
        outputs=_names(rf"{_ANY_LOG}|.*\.(?:EIG|XV|FA|DM|STRUCT_OUT)|FORCE_STRESS|CLOCK"),
        own_logs=(),
        banner=_text(r"^ ?(?:Siesta Version|SIESTA |Executable +: siesta)"),
        done=_text(r"^>> End of run:|^Job completed"),
        failed=_text(r"Stopping Program from Node|^ERROR STOP"),
        end_mark="End of run",
    ),
    Solver(
        "amber",
        certain=_names(r"mdinfo(?:\..*)?|.*\.mdout"),
        inputs=_names(r".*\.(?:prmtop|parm7)"),
        outputs=_names(r".*\.out"),
        own_logs=(),
        banner=_text(r"^ +Amber +\d+ +\w+|\bPMEMD\b|\bSANDER\b"),
        done=_text(r"^\| +Total wall time:|wallclock\(\) was called"),
        failed=_text(r"SANDER BOMB|^ *(?:PMEMD|SANDER).*terminated abnormally"),
        end_mark="Total wall time",
    ),
    Solver(
        "namd",
        certain=None,
        inputs=_names(r".*\.(?:namd|psf|conf)"),
        outputs=_names(r".*\.(?:dcd|xsc|xst|coor)"),
        own_logs=(),
        banner=_text(r"^Info: NAMD \d"),
        done=_text(r"^WallClock:|^End of program"),
        failed=_text(r"^FATAL ERROR:|^Charm\+\+ fatal error"),
        end_mark="WallClock",
    ),
    Solver(
        "dlpoly",
        certain=_names(r"REVCON|REVIVE|STATIS"),
        inputs=_names(r"CONTROL"),
        outputs=_names(r"OUTPUT"),
        own_logs=(_names(r"OUTPUT"), _names(r"OUTPUT[._-].*")),
        banner=_text(r"DL_POLY"),
        done=_text(r"run terminated after|run closing|terminating job"),
        failed=_text(r"DL_POLY\S* terminated due to error"),
        end_mark="run terminated",
    ),
    Solver(
        "mitgcm",
        certain=_names(r"STDOUT\.\d{4,}"),
        inputs=_names(r"eedata"),
        outputs=_names(r"STDERR\.\d+|.*\.\d{10}(?:\.\d+)*\.meta|output\.txt"),
        own_logs=(_names(r"STDOUT\.0+"), _names(r"STDOUT\.\d+|output\.txt")),
        banner=_text(r"MITgcm"),
        done=_text(r"PROGRAM MAIN: Execution ended Normally"),
        failed=_text(r"ABNORMAL END"),
        end_mark="Execution ended Normally",
        parts=LazyPattern(r"mnc_.*|pickups?"),
    ),
    Solver(
        "su2",
        certain=None,
        inputs=_names(r".*\.cfg"),
        outputs=_names(r"history.*\.(?:csv|dat)|restart_flow.*|surface_flow.*|.*\.su2"),
        own_logs=(),
        banner=_text(r"SU2 v\d|The Open-Source CFD Code"),
        done=_text(r"Exit Success \(SU2"),
        failed=_text(r"Error Exit|Exit Failure"),
        end_mark="Exit Success",
    ),
    Solver(
        "elmer",
        certain=None,
        inputs=_names(r".*\.sif|ELMERSOLVER_STARTINFO"),
        outputs=_names(rf"{_ANY_LOG}|.*\.(?:result|ep|p?vtu)"),
        own_logs=(),
        banner=_text(r"ELMER SOLVER|ElmerSolver|Elmer finite element"),
        done=_text(r"ELMER SOLVER FINISHED|ALL DONE"),
        failed=_text(r"^ERROR:: "),
        end_mark="ELMER SOLVER FINISHED",
    ),
    Solver(
        "fds",
        certain=None,
        inputs=_names(r".*\.fds"),
        outputs=_names(r".*\.(?:smv|out|err|end)|.*_(?:hrr|devc|steps|cpu)\.csv"),
        own_logs=(),
        banner=_text(r"Fire Dynamics Simulator"),
        done=_text(r"FDS completed successfully"),
        failed=_text(r"^ ?ERROR\(\d+\): |STOP: (?:Numerical Instability|FDS was improperly|FDS stopped)"),
        end_mark="FDS completed successfully",
    ),
    Solver(
        "nek5000",
        certain=None,
        inputs=_names(r"SESSION\.NAME|.*\.re[a2]"),
        outputs=_names(rf"logfile|.*\.log\.\d+|{_ANY_LOG}|.*0\.f\d{{5}}"),
        own_logs=(_names(r"logfile"), _names(r".*\.log\.\d+")),
        banner=_text(r"\bNEK5000\b|Nek5000|nekRS"),
        done=_text(r"run successful: dying|Simulation successful"),
        failed=_text(r"call exitt: dying"),
        end_mark="run successful",
    ),
    Solver(
        "athena",
        certain=None,
        inputs=_names(r"athinput\..+"),
        outputs=_names(rf"{_ANY_LOG}|.*\.(?:hst|athdf|rst|tab|vtk|bin)"),
        own_logs=(),
        banner=_text(r"Setup complete, (?:entering|executing)|Athena"),
        done=_text(r"^Terminating on (?:time|cycle) limit"),
        failed=_text(r"^### FATAL ERROR"),
        end_mark="Terminating on time limit",
    ),
    Solver(
        "amrex",
        certain=None,
        inputs=_names(r"inputs(?:[._-].+)?"),
        outputs=_names(rf"{_ANY_LOG}|Backtrace\..*"),
        own_logs=(),
        banner=_text(r"Initializing AMReX|^AMReX \("),
        done=_text(r"^AMReX \([^)\n]*\) finalized"),
        failed=_text(r"^amrex::(?:Abort|Error)"),
        end_mark="AMReX finalized",
        parts=LazyPattern(r"(?:.*_)?(?:plt|chk)_?\d+(?:\.old.*)?"),
    ),
    Solver(
        "mcnp",
        certain=_names(r"runtp[a-z](?:\.h5)?|mctal|meshtal"),
        inputs=_names(r"inp|.*\.(?:mcnp\d?|inp?|i)"),
        outputs=_names(r"out[p-z]|srctp|.*\.(?:outp|mctal|meshtal|runtpe)"),
        own_logs=(_names(r"outp"), _names(r"out[p-z]|.*\.outp")),
        banner=_text(r"^ +Code Name & Version += MCNP|^1?mcnp +version"),
        done=_text(r"^ ?run terminated when"),
        failed=_text(r"^ ?(?:bad trouble in|fatal error\.|run terminated because)"),
        end_mark="run terminated when",
    ),
    Solver(
        "energyplus",
        certain=_names(r"eplusout\.(?:err|end|eio|eso|sql)"),
        inputs=_names(r".*\.(?:idf|epjson)"),
        outputs=_names(r"eplus(?:out|tbl).*"),
        own_logs=(_names(r"eplusout\.err"),),
        banner=_text(r"^Program Version,EnergyPlus"),
        done=_text(r"EnergyPlus Completed Successfully--"),
        failed=_text(r"EnergyPlus Terminated--"),
        end_mark="EnergyPlus Completed Successfully",
    ),
    Solver(
        "roms",
        certain=None,
        inputs=_names(r"(?:.*[._-])?(?:roms|ocean).*\.in"),
        outputs=_names(rf"{_ANY_LOG}|(?:.*_)?(?:his|rst|avg|ini)(?:_.*)?\.nc"),
        own_logs=(),
        banner=_text(r"ROMS/TOMS|Regional Ocean Modeling System"),
        done=_text(r"^ ?ROMS(?:/TOMS)?: DONE"),
        failed=_text(r"ROMS/TOMS - |Blowing-up"),
        end_mark="ROMS/TOMS: DONE",
    ),
)
"""All codes; the first that recognises a directory counts: those of unmistakable names come first."""
