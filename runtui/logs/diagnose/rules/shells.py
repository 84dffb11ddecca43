"""Complaints of shells and tools."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, CLEANUP, COMPLAINT, Rule, rule
from runtui.store.failure import FailureKind

_CLEANING = r"(?:\S{1,200}: (?:line )?\d+: )?(?:rm|rmdir|unlink|umount|kill): "
_NOT_MINOR = (
    r"(?!(?:warn(?:ing)?|info|note|notice|debug|hint|trace)\b"
    r"|.*(?:\bignor\w+|\bskipp\w+|\bretry|\binstead\b|\bwarning\b|\bharmless\b|\bfall(?:ing)? back))"
)
# How tools and shells begin their messages: "cp: ", "job.sh: line 3: ", "sh: 1: cd: ", "tar (child): ".
_TOOL = (
    rf"^{_NOT_MINOR}(?!{_CLEANING})(?:(?:[./~][\w./+-]{{0,200}}/)?"
    r"(?-i:[a-z_])[\w.+-]{0,40}(?: \([\w ]{1,20}\))?|/[\w./+-]{1,200}/\d[\w.+-]{0,40}: line \d+): "
)
_LACKS = (
    r"no such (?:file|command|program|module)|permission denied|operation not permitted|directory nonexistent"
    r"|can't cd to|can't open [\w./~-]|not found|no module named|does not exist|cannot find"
)
_COULD_NOT = (
    r"can(?:'t|not)\b|could ?n[o']t\b|unable to\b|failed\b|invalid\b|illegal\b|unknown\b|unrecogni[sz]ed\b"
    r"|unterminated\b|missing\b|syntax error|unexpected\b|expected\b|unbound variable|parameter not set"
    r"|too many\b|bad (?:substitution|interpreter|option)|ambiguous redirect|file exists|is a directory"
    r"|not a directory|directory not empty|argument list too long|input/output error|exec format error"
    r"|connection (?:refused|reset|timed out)|text file busy|stale file handle|no such process"
    r"|name or service not known|device or resource busy|resource temporarily unavailable"
)

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.MISSING,
        COMPLAINT,
        "command not found: |no such file or directory: |permission denied: |unknown command"
        "|is not executable by"
        "|: not found [no such|cannot execute [permission",
        r"^\S+: (?:command not found|no such file or directory|permission denied): \S|^(?:fish"
        r"|\S+ \(line \d+\)): unknown command"
        r"|^fish: .* is not executable by this user|: not found \[no such file or directory\]"
        r"|: cannot execute \[permission denied\]",
    ),
    rule(
        FailureKind.ERROR,
        COMPLAINT,
        ": undefined variable|: expression syntax|variable name must begin|: no match|unmatched "
        "|parse error near"
        "|no matches found: |bad pattern: |no matches for wildcard|too many ('s|missing }.",
        r"^\w+: undefined variable\.$|^(?:if|while|set|@): expression syntax\.$"
        r"|^set: variable name must begin"
        r"|^\w+: no match\.$|^unmatched ['\"`(]|^\S+: parse error near `|^\S+: (?:no matches found"
        r"|bad pattern): |^fish: no matches for wildcard|^too many \('s|^missing \}\.$",
    ),
    rule(FailureKind.ERROR, CAUSE, "host key verification failed", r"^host key verification failed\."),
    rule(FailureKind.ERROR, COMPLAINT, "toomanyrequests: ", r"^toomanyrequests: "),
    rule(
        FailureKind.MISSING,
        CLEANUP,
        "cannot remove|failed to remove|no such |not mounted|permission denied|not permitted",
        rf"^{_CLEANING}\S",
    ),
    rule(
        FailureKind.MISSING,
        COMPLAINT,
        "no such |permission denied|not permitted|nonexistent|can't cd to|can't open |not found"
        "|no module named|does not exist|cannot find",
        rf"{_TOOL}.*(?:{_LACKS})",
    ),
    rule(
        FailureKind.ERROR,
        COMPLAINT,
        "can't|cannot|could not|couldn't|unable to|failed|invalid|illegal|unknown|unrecogni|unterminated"
        "|missing|error|expected|unbound|not set|too many|bad |ambiguous|file exists|directory|too long"
        "|connection |busy|stale|no such|service not known|unavailable",
        rf"{_TOOL}.*\b(?:{_COULD_NOT})",
    ),
    rule(
        FailureKind.ERROR,
        COMPLAINT,
        "():",
        r"^(?:\[[\d.]{1,20}\] ){0,2}\S{1,80}\.[A-Za-z]\w{0,3}:\w+\(\):\d+: \S",
    ),
)
