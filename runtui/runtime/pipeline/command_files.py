"""The files that a command reads, as far as its words say: programs, scripts, inputs, makefiles, modules.

The rule: every word that names a file counts, also within a text that a shell or another program is given to
run. Of a script, the scripts that its own text names count, and the modules that it imports. Programs of the
system and of an installed environment do not.
"""

from __future__ import annotations

import glob
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise

from runtui.runtime.pipeline.python_imports import (
    files_imported_by_code,
    files_of_module,
    imported_files,
)

_MOST_FILES = 1000
_DEEPEST = 5  # texts within texts
_LARGEST_SCRIPT = 128 * 1024  # bytes

_SCRIPTS = frozenset(
    {".py", ".sh", ".bash", ".zsh", ".ksh", ".jl", ".r", ".pl", ".rb", ".m", ".lua", ".tcl", ".awk", ".mk"}
)
"""Endings of the names of scripts."""

_SHELL, _PYTHON, _MAKE = "shell", "python", "make"
_LANGUAGES: Mapping[str, str] = {
    ".py": _PYTHON, ".mk": _MAKE, ".sh": _SHELL, ".bash": _SHELL, ".zsh": _SHELL, ".ksh": _SHELL
}  # fmt: skip
"""Languages whose scripts are looked through, by the endings of their names."""

_PROGRAMS: Mapping[str, str] = {
    "python": _PYTHON, "pypy": _PYTHON, "make": _MAKE, "gmake": _MAKE, "source": _SHELL, ".": _SHELL,
    "sh": _SHELL, "bash": _SHELL, "dash": _SHELL, "ksh": _SHELL, "zsh": _SHELL,
}  # fmt: skip
"""The same languages by the programs that read them."""

_DEFAULT_FILES: Mapping[str, tuple[str, ...]] = {
    "make": ("GNUmakefile", "makefile", "Makefile"),
    "gmake": ("GNUmakefile", "makefile", "Makefile"),
    "snakemake": ("Snakefile", "snakefile", "workflow/Snakefile", "workflow/snakefile"),
    "just": ("justfile", "Justfile", ".justfile"),
    "ninja": ("build.ninja",),
    "scons": ("SConstruct",),
    "rake": ("Rakefile", "rakefile"),
}
"""Programs that read a file without being told so: the first of these that is there."""

_CHOOSES_FILE = re.compile(r"-f.*|--(?:file|makefile|snakefile|justfile)(?:=.*)?")
_SOURCES = frozenset({".", "source"})

_SYSTEM = frozenset({"/bin", "/sbin", "/usr/bin", "/usr/sbin"})
_ENVIRONMENT_SIGNS = ("pyvenv.cfg", "conda-meta")

_ENTERS = frozenset({"cd", "pushd", "-C", "--directory", "--chdir"})
_WRITES = frozenset({"-o", "--out", "--output", "of"})
_OPERATORS = "();<>|&\n"
_OPERATOR = re.compile(rf"[{_OPERATORS}]+")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})|\$\{[^}]*\}|\$[@*#?!$-]?")
_MAKE_VARIABLE = re.compile(r"\$[({](\w+)[)}]|\$[@<^*?+%]")
_IS_TEXT = re.compile(r"[\s;|&<>()`]")
_QUOTED = re.compile(r"""["']([^"'\n]{1,300})["']""")
_IS_ENV = re.compile(r"(.*/)?env|-.*|\w+=.*")
_SHEBANG = re.compile(r"#!\s*(.*)")


def command_files(words: Sequence[str], directory: str) -> set[str]:
    """Return the absolute paths of the files that a command names, and of those that these name in turn.

    Args:
        words: The program and its arguments.
        directory: Where it runs.
    """
    look = _Look(directory, dict(os.environ))
    look.read(words)
    return look.found


def written_files(words: Sequence[str], directory: str) -> set[str]:
    """Return the absolute paths that a command says it writes to, as in ``> FILE`` and ``tee FILE``.

    Args:
        words: The program and its arguments.
        directory: Where it runs.
    """
    look = _Look(directory, dict(os.environ))
    look.read(words)
    return look.written


def module_files(module: str, search: Sequence[str]) -> set[str]:
    """Return the files of a Python module in the user's own tree, and of those that it imports."""
    return files_of_module(module, [*search, *_python_path(os.environ, os.getcwd())])


def is_script(path: str) -> bool:
    """Return whether a file is a program rather than data, which a step may write to itself."""
    return os.path.splitext(path)[1].lower() in _SCRIPTS or os.access(path, os.X_OK)


def text_of(path: str) -> str:
    """Return the beginning of a file's text; ``""`` where it has none."""
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST_SCRIPT)
    except OSError:
        return ""
    return "" if b"\0" in data[:1024] else data.decode("utf-8", "replace")


class _Look:
    """A look for files through the words of a command.

    Args:
        directory: Where the command runs.
        variables: The values of variables.

    Attributes:
        found: The files.
        written: Paths that the command writes to.
    """

    def __init__(self, directory: str, variables: dict[str, str]) -> None:
        self.found: set[str] = set()
        self.written: set[str] = set()
        self._directories = [directory]
        self._variables = variables

    def read(self, words: Iterable[str], depth: int = 0, *, only_scripts: bool = False) -> None:
        """Look through words, those of several commands with operators between them."""
        for command, targets in _commands(words):
            if not only_scripts:
                self.written.update(*map(self._places_of, targets))
            names = {os.path.basename(word) for word in command}
            program = next((word for word in command if not _ASSIGNMENT.fullmatch(word)), "")
            for before, word in pairwise(["", *command]):
                is_first = word is program
                self._read_word(word, before, names, depth, only_scripts=only_scripts, is_first=is_first)
            chooses_file = any(map(_CHOOSES_FILE.fullmatch, command)) or {"snakemake", "-s"} <= set(command)
            if not chooses_file:
                for program in names & set(_DEFAULT_FILES):
                    self._add_default(_DEFAULT_FILES[program], _PROGRAMS.get(program, ""))

    def _read_word(
        self, word: str, before: str, names: set[str], depth: int, *, only_scripts: bool, is_first: bool
    ) -> None:
        if assigned := _ASSIGNMENT.fullmatch(word):
            is_known = not _IS_TEXT.search(assigned[2])
            self._variables[assigned[1]] = self._expanded(assigned[2]) if is_known else ""
        if _IS_TEXT.search(word) and depth < _DEEPEST:
            self.read(_split(word), depth + 1, only_scripts=only_scripts)
            if before == "-c" and "import" in word:
                self.found |= files_imported_by_code(word, self._module_places())
        word = self._expanded(word)
        if before in _ENTERS:
            self._directories += [os.path.join(place, word) for place in list(self._directories)]
        is_python = _language_of_run(names) == _PYTHON
        if before == "-m" or (is_python and word.startswith("-m") and word != "-m"):
            self.found |= files_of_module(word.removeprefix("-m"), self._module_places())
        is_written = before in _WRITES or word.partition("=")[0] in _WRITES or "tee" in names
        language = _language_of_run(names)
        if language == _MAKE and not any(map(_CHOOSES_FILE.fullmatch, (before, word))):
            language = ""
        if is_written and not only_scripts:
            option, _equals, value = word.partition("=")
            target = value if option in _WRITES else word
            if target and not target.startswith("-") and target != "tee":
                self.written.update(self._places_of(target))
        only_scripts_here = only_scripts or is_written
        if before in _SOURCES:  # a shell script, whatever it is called
            language, only_scripts_here = _SHELL, False
        for piece in _pieces(word):
            self._add_word(piece, only_scripts=only_scripts_here, language=language)
        if os.sep not in word and not word.startswith("-") and (is_first or not only_scripts):
            self._add_program(word)

    def _expanded(self, word: str) -> str:
        """Return a word with its variables replaced; those that are not known are left out."""
        text = _VARIABLE.sub(lambda found: self._variables.get(found[1] or found[2] or "", ""), word)
        return os.path.expanduser(text)

    def _places_of(self, word: str) -> list[str]:
        path = self._expanded(word)
        return [os.path.normpath(os.path.join(place, path)) for place in self._directories]

    def _module_places(self) -> list[str]:
        return [*self._directories, *_python_path(self._variables, self._directories[0])]

    def _add_word(self, word: str, *, only_scripts: bool, language: str) -> None:
        # A path behind a variable that is not known, as in "$HERE/other.sh", is looked for beside the script.
        for name in dict.fromkeys((word, word.lstrip("/"))):
            paths = [os.path.normpath(os.path.join(place, name)) for place in self._directories]
            if glob.has_magic(name) and not only_scripts:
                paths += [match for path in paths for match in islice(glob.iglob(path), _MOST_FILES)]
            there = [path for path in paths if os.path.isfile(path)]
            for path in there:
                self._add(path, only_scripts=only_scripts, language=language)
            if there:
                return

    def _add_program(self, name: str) -> None:
        """Look for a program as the shell does."""
        try:
            path = shutil.which(name, path=self._variables.get("PATH"))
        except ValueError:
            return
        if path:
            self._add(os.path.normpath(os.path.join(self._directories[0], path)))

    def _add_default(self, names: Iterable[str], language: str) -> None:
        for place in self._directories:
            for name in names:
                if os.path.isfile(path := os.path.normpath(os.path.join(place, name))):
                    self._add(path, language=language)
                    break

    def _add(self, path: str, *, only_scripts: bool = False, language: str = "") -> None:
        if path in self.found or len(self.found) >= _MOST_FILES or _is_installed(path):
            return
        text = text_of(path)
        shebang = _SHEBANG.match(text)
        if only_scripts and not (is_script(path) or shebang or language == _MAKE):
            return
        self.found.add(path)
        interpreter = shebang[1].split() if shebang else []
        within = self._within(path)
        within.read([word for word in interpreter if not _IS_ENV.fullmatch(word)], only_scripts=True)
        language = _language(path, interpreter) or language
        if language == _MAKE:
            self._read_makefile(path, text)
        elif language == _PYTHON:
            search = [os.path.dirname(path), os.path.dirname(os.path.realpath(path))]
            search += _python_path(self._variables, self._directories[0])
            self.found |= imported_files(path, search)
        elif language == _SHELL:
            lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
            within.read(_split("\n".join(lines)), only_scripts=True)
        if language not in (_MAKE, _SHELL) and (is_script(path) or shebang):
            for text_within in _QUOTED.findall(text):
                for word in text_within.split():
                    within._add_word(word, only_scripts=True, language="")

    def _read_makefile(self, path: str, text: str) -> None:
        """Look for what a makefile includes, its prerequisites, and the scripts of its recipes."""
        within = self._within(path)
        targets: set[str] = set()
        prerequisites: list[str] = []
        for line in text.replace("\\\n", " ").splitlines():
            content = _MAKE_VARIABLE.sub(
                lambda found: within._variables.get(found[1] or "", ""), line.partition("#")[0]
            )
            if line.startswith("\t"):
                within.read(_split(content.strip().lstrip("@-+")), only_scripts=True)
            elif value := re.fullmatch(r"\s*(\w+)\s*[:?+!]{0,3}=\s*(.*)", content):
                within._variables[value[1]] = value[2].strip()
            elif names := re.fullmatch(r"[-s]?include\s+(.*)", content):
                for name in names[1].split():
                    within._add_word(name, only_scripts=False, language=_MAKE)
            elif ":" in content:
                target, _colon, needs = content.partition(":")
                targets.update(target.split())
                prerequisites += needs.replace(":", " ").split()
        for name in prerequisites:
            if name not in targets:
                within._add_word(name, only_scripts=False, language="")

    def _within(self, path: str) -> _Look:
        """Return a look from a script's own directory, too, that adds to the same files."""
        look = _Look(self._directories[0], dict(self._variables))
        look._directories = list(dict.fromkeys([*self._directories, os.path.dirname(path)]))
        look.found = self.found
        return look


def _language(path: str, interpreter: Sequence[str]) -> str:
    ending = os.path.splitext(path)[1].lower()
    return _LANGUAGES.get(ending) or _language_of_run({os.path.basename(word) for word in interpreter})


def _language_of_run(names: Iterable[str]) -> str:
    """Return the language that one of some programs reads, whatever its version, or ``""``."""
    found = (_PROGRAMS.get(name) or _PROGRAMS.get(name.rstrip("0123456789.")) for name in names)
    return next(filter(None, found), "")


def _commands(words: Iterable[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the words of each command without operators, and the files that its output goes to."""
    found: list[str] = []
    targets: list[str] = []
    is_target = False
    for word in words:
        if _OPERATOR.fullmatch(word):
            is_target = ">" in word
            if not is_target and "<" not in word:
                yield found, targets
                found, targets = [], []
        elif is_target:
            targets.append(word)
            is_target = False
        else:
            found.append(word)
    yield found, targets


def _split(text: str) -> list[str]:
    """Return the words and operators of a text for the shell; each line is a command."""
    joined = text.replace("`", " ; ").replace("\\\n", " ")
    lexer = shlex.shlex(joined, posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:  # it has a quote without its other half
        return text.split()


def _pieces(word: str) -> list[str]:
    """Return what in a word may be a path: all of it, the value of an option, each item of a list."""
    value = word.partition("=")[2]
    found = [word, value, *re.split("[=,:]", word)]
    found += [piece.removeprefix("@") for piece in (word, value)]
    if word.startswith("-") and not word.startswith("--"):
        found.append(word[2:])
    return [piece for piece in dict.fromkeys(found) if piece]


def _is_installed(path: str) -> bool:
    """Return whether a program belongs to the system or to an installed environment."""
    directory = os.path.dirname(path)
    if directory in _SYSTEM or directory == os.path.dirname(sys.executable):
        return True
    above = os.path.dirname(directory)
    if os.path.basename(directory) == "shims" or _language_of_run({os.path.basename(path)}):
        return True  # of a manager of interpreters, or an interpreter
    return os.path.basename(directory) == "bin" and any(
        os.path.exists(os.path.join(above, sign)) for sign in _ENVIRONMENT_SIGNS
    )


def _python_path(variables: Mapping[str, str], directory: str) -> list[str]:
    entries = variables.get("PYTHONPATH", "").split(os.pathsep)
    return [os.path.join(directory, entry) for entry in entries if entry]
