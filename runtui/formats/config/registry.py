"""The formats of configuration files.

Another format is a module that reads a file's text, and a row in `CONFIG_FORMATS`. What no format understands
is compared line by line.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache

from runtui.formats.config.abinit import read_abinit
from runtui.formats.config.assignments import mdp_spelling, read_assignments, read_incar, read_mdp
from runtui.formats.config.base import ConfigFormat, Document
from runtui.formats.config.calculix import read_calculix
from runtui.formats.config.cp2k import read_cp2k
from runtui.formats.config.directives import read_directives, read_gaussian, read_orca
from runtui.formats.config.ini import read_ini
from runtui.formats.config.interpolations import resolved
from runtui.formats.config.json_text import read_json
from runtui.formats.config.lammps import read_lammps
from runtui.formats.config.namelist import read_namelist
from runtui.formats.config.nwchem import read_nwchem
from runtui.formats.config.openfoam import read_openfoam
from runtui.formats.config.options_text import read_options
from runtui.formats.config.toml import read_toml
from runtui.formats.config.yaml_text import read_yaml
from runtui.store.details import flat_items

CONFIG_FORMATS: dict[str, ConfigFormat] = {
    "JSON": ConfigFormat(read_json, (".json",), is_certain=True),
    "YAML": ConfigFormat(read_yaml, (".yaml", ".yml"), is_certain=True),
    "TOML": ConfigFormat(read_toml, (".toml",), is_certain=True),
    "INI": ConfigFormat(read_ini, (".ini", ".cfg", ".conf"), is_certain=True),
    "GROMACS": ConfigFormat(read_mdp, (".mdp",), spelling=mdp_spelling),
    "Fortran namelist": ConfigFormat(
        read_namelist,
        (".nml", ".namelist", ".pwi", ".in", ".inp", ".fds", ".mdin"),
        (
            *("namelist.*", "namelist_*", "namelist", "input", "mdin"),
            *("data", "data.pkg", "data.cal", "data.exf", "data.kpp", "data.gmredi", "data.obcs"),  # MITgcm
            *("data.seaice", "data.diagnostics", "data.ptracers", "data.shelfice", "data.flt", "eedata"),
        ),
        str.lower,
        has_sections=True,
    ),
    "CP2K": ConfigFormat(read_cp2k, (".inp", ".cp2k"), ("cp2k*.in",), str.upper, has_sections=True),
    "NWChem": ConfigFormat(read_nwchem, (".nw", ".in", ".inp"), spelling=str.lower),
    "ABINIT": ConfigFormat(read_abinit, (".abi", ".in"), spelling=str.lower),
    "CalculiX": ConfigFormat(read_calculix, (".inp",), spelling=str.upper),
    "LAMMPS": ConfigFormat(read_lammps, (".in", ".inp", ".lmp", ".lammps"), ("in.*",)),
    "VASP": ConfigFormat(read_incar, (".incar",), ("incar", "incar.*"), spelling=str.upper),
    "OpenFOAM": ConfigFormat(
        read_openfoam,
        names=(
            *(
                "controldict",
                "fvsolution",
                "fvschemes",
                "blockmeshdict",
                "decomposepardict",
                "dynamicmeshdict",
            ),
            *("momentumtransport", "*properties"),
        ),
    ),
    "ORCA": ConfigFormat(read_orca, (".inp",), spelling=str.lower),
    "Gaussian": ConfigFormat(read_gaussian, (".gjf", ".com", ".gau"), spelling=str.lower),
    "directives": ConfigFormat(
        read_directives, (".fdf", ".namd", ".conf"), ("control", "control.*"), spelling=str.lower
    ),
    "options": ConfigFormat(
        read_options,
        names=(
            *("opt.txt", "*_opt.txt", "opts.txt", "options.txt", "args.txt", "arguments.txt", "cfg_args"),
            *("hparams.txt", "hyperparameters.txt", "hyperparams.txt", "*_config.txt"),
            *("run_info*.txt", "run-info*.txt", "runinfo*.txt", "run_parameters.txt", "run_params.txt"),
        ),
    ),
    "key = value": ConfigFormat(
        read_assignments,
        (".ini", ".cfg", ".conf", ".par", ".param", ".params", ".prm"),
        (
            *("params*.txt", "parameters*.txt", "config*.txt", "settings*.txt", "input*.txt"),
            *("params", "parameters", "config", "settings", "input", "params.dat", "parameters.dat"),
            *("inputs", "inputs.*", "inputs_*"),  # AMReX
            *("*.in", "*.inp"),
        ),
    ),
}
"""All formats, by what users call them. Of several for a name, the first that understands a file counts."""

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def formats_of(name: str) -> tuple[ConfigFormat, ...]:
    """Return the formats that a file of this name may have; empty for one that is no configuration."""
    return tuple(CONFIG_FORMATS[form] for form in _formats_of(name, tuple(CONFIG_FORMATS)))


@lru_cache(maxsize=4096)
def _formats_of(name: str, formats: tuple[str, ...]) -> tuple[str, ...]:
    lower = name.lower()
    return tuple(
        form
        for form in formats
        if lower.endswith(CONFIG_FORMATS[form].endings) or _is_named(lower, CONFIG_FORMATS[form].names)
    )


def _is_named(name: str, patterns: tuple[str, ...]) -> bool:
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) for pattern in patterns
    )


def read_document(name: str, data: bytes) -> Document | None:
    """Return the contents of a configuration file, or None where no format understands them.

    Args:
        name: The file's name.
        data: Its bytes.
    """
    text = text_of(data)
    document = read_json(text)  # also in files of other names
    for form in formats_of(name):
        if document is not None:
            break
        document = form.read(text)
    return document if document is None or "${" not in text else resolved(document)


def text_of(data: bytes) -> str:
    """Return the text of a file, without a byte order mark."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    return data.decode("utf-8", "replace")


def config_items(name: str, data: bytes) -> list[tuple[str, object]]:
    """Return a configuration file by dotted keys, or its lines where no format understands it.

    Args:
        name: The file's name.
        data: Its bytes.
    """
    document = read_document(name, data)
    return list(line_items(data) if document is None else flat_items(document))


def line_items(data: bytes) -> Iterator[tuple[str, object]]:
    """Yield the lines of a file by their numbers, without blank ones."""
    for number, line in enumerate(text_of(data).splitlines(), 1):
        if line.strip():
            yield f"line {number}", line.rstrip()
