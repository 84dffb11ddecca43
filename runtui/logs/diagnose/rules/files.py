"""Files, modules, libraries and programs that are missing."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, COMPLAINT, PYTHON_NAME, Rule, rule
from runtui.store.failure import FailureKind

# Not of a tool whose message matters less than what the program says
_NOT_OF_MINOR_TOOL = (
    r"(?!.*\b(?:rm|ls|cat|cd|cp|mv|stat|warning|ignor\w+|instead)\b)"
    r"(?!\S*\b(?:mkdir|rmdir|touch|ln|chmod|chown|grep|head|tail|sort|find|tar|gzip|gunzip|sed|awk|du|df|wc"
    r"|diff|readlink|realpath|scp|git|kill): )"
)

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.MISSING,
        CAUSE,
        "could not find a version that satisfies",
        r"^ERROR: could not find a version that satisfies",
    ),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "cannot open the connection|unable to find file|unable to change wdir to",
        r"^cannot open the connection$|^error: \w+: unable to find file \S"
        r"|unable to change wdir to .*\(no such file",
    ),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "cannot load module|error when evaluating modulefile",
        r"^lmod has detected the following error:\s+(?:cannot load module"
        r"|unable to load module because of error)",
    ),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "environmentnamenotfound|environmentlocationnotfound|packagesnotfounderror|notwritableerror",
        r"^(?:EnvironmentNameNotFound|EnvironmentLocationNotFound|PackagesNotFoundError|NotWritableError): ",
    ),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "executable file not found in|pull access denied for|pseudopotential file not found"
        "|could not be located: |cannot open gbw file|unable to access jarfile|couldn't exec ",
        r"executable file not found in \$PATH|pull access denied for|^pseudopotential file not found"
        r"|file\(s\) could not be located: |cannot open gbw file|^error: unable to access jarfile"
        r"|fork and exec failed\. couldn't exec ",
    ),
    rule(FailureKind.MISSING, COMPLAINT, "unable to find image '", r"^unable to find image '.*' locally"),
    rule(FailureKind.MISSING, CAUSE, "fatal: ", r"^FATAL: {2,}.*: no such file or directory$"),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "read-only file system",
        r"(?:: |\(|^OSError: \[Errno 30\] )read-only file system\b",
    ),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "fio-f-209/|fio/stdio: |forrtl: severe (9)|forrtl: severe (30)|forrtl: severe (43)",
        r"^(?:PG)?FIO-F-209/OPEN/|^(?:PG)?FIO/stdio: (?:no such file|permission denied)"
        r"|^forrtl: severe \((?:9|30|43)\)",
    ),
    # Rust and Julia
    rule(FailureKind.MISSING, CAUSE, "kind: notfound", r"\bOs \{ code: 2, kind: NotFound, "),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "not found in current path|could not load library",
        r"^ERROR: (?:LoadError: )?(?:ArgumentError: Package \S+ not found in current path"
        r"|could not load library)",
    ),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "error while loading shared libraries|symbol lookup error"
        "|module(s) are unknown|module(s) or extension(s) exist|cannot open shared object file"
        "|unable to locate a modulefile",
        r"error while loading shared libraries|symbol lookup error"
        r"|module\(s\) are unknown|module\(s\) or extension\(s\) exist|cannot open shared object file"
        r"|unable to locate a modulefile(?!.*\(ignored\))",
    ),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "not found",
        r": version `\S+' not found|: command not found$|(?<!\(\)): not found$"
        r"|error: file .{1,200} not found|^\s*file \S{1,200} not found$",
    ),
    rule(FailureKind.MISSING, CAUSE, "was unable to find the specified executable"),
    # Perl, Node.js
    rule(
        FailureKind.MISSING,
        CAUSE,
        "can't locate |error: cannot find module '",
        r"^Can't locate \S{1,200} in @INC|^Error: Cannot find module '",
    ),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "modulenotfounderror|importerror",
        PYTHON_NAME + r"(?:ModuleNotFoundError|ImportError)\b",
    ),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "filenotfounderror|permissionerror|no such file or directory|permission denied",
        PYTHON_NAME
        + r"(?:FileNotFoundError|PermissionError|IOError|OSError)\b.*"
        + rf"|^{_NOT_OF_MINOR_TOOL}.*(?:: |\()(?:no such file or directory|permission denied)\b",
    ),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "there is no package called|does not exist or is not accessible"
        "|unable to launch the specified application"
        "|could not find or load main class|classnotfoundexception|noclassdeffounderror|can't open file"
        "|forrtl: severe (29)|filenotfoundexception",
        r"there is no package called|does not exist or is not accessible"
        r"|unable to launch the specified application|could not find or load main class"
        r"|\bjava[\w.]*\.(?:ClassNotFoundException|NoClassDefFoundError|FileNotFoundException)\b"
        r"|: can't open file '|forrtl: severe \(29\)",
    ),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "cannot find file|file not found|error on open: |missing input files for rule",
        r"^cannot find file(?!.*\(optional\))|^file not found:|^missing input files for rule"
        r"|^Unit\s{1,8}\d{1,6} Error on OPEN: \S",
    ),
)
