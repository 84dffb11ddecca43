"""Text for a shell's prompt: pasted there, it is one word and nothing else, whatever a file is called.

One form is the same word in bash, zsh, dash, ksh, fish and tcsh. Single quotes keep all but three
characters: a quote ends them, fish reads backslashes there, and csh exclamation marks. Those three stand
outside, each behind a backslash.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import cache

from runtui.text.glyphs import terminal_repertoire
from runtui.text.sanitize import is_safe, safe_text

# A word that begins so is never a variable, a job, a command of zsh's or an entry of csh's stack.
_PLAIN = re.compile(r"[/-][A-Za-z0-9_./:,+@%=-]*|[A-Za-z0-9_.+][A-Za-z0-9_./:,+@-]*")
_LETTERS = re.compile(r"[A-Za-z0-9_./:,+@%=\u0080-\U0010ffff-]*")
_PARTS = re.compile(r"[^'\\!]+|['\\!]")
_LITERAL = frozenset(b"/._-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LONGEST = 4000  # bytes; without an editor, a shell's terminal drops what exceeds 4095 in one line
_C_SHELLS = ("csh", "tcsh")


class NoShellWordError(ValueError):
    """A text that cannot be pasted into the user's shell; the message says why."""


def shell_word(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Return a text, such as a run id, as a word for the prompt of any shell.

    A text with control characters is spelled out for ``printf``, as `$SHELL` reads that. Quotes do not help
    there: what is pasted goes through the terminal first, where an interrupt or the end of a line acts,
    quoted or not.

    Args:
        text: Any text that can be an argument of a program.
        environment: The variables that name the shell and the locale; by default the process's.

    Raises:
        NoShellWordError: The user's shell has no word for it.
    """
    return _word(text, "", environment)


def directory_word(path: str, environment: Mapping[str, str] | None = None) -> str:
    """Return a directory's path as a word for the prompt of any shell.

    Args:
        path: The path.
        environment: As of `shell_word`.

    Raises:
        NoShellWordError: The user's shell has no word for it.
    """
    # Shells take ends of lines away from the end of what a command says: the dot saves them.
    return _word(path, "/.", environment)


def advised_command(*words: str, directory: str) -> str:
    """Return a command on a directory for the user to paste; `words` come first, and are plain.

    What the shell has no word for is shown instead, by its nearest.
    """
    path = f"./{directory}" if directory.startswith("-") else directory
    try:
        word = directory_word(path)
    except NoShellWordError:
        word = _quoted(safe_text(path))
    return " ".join([*words, word])


def shown_command(words: Iterable[str], limit: int) -> str:
    """Return a command in one line that is safe to show, cut at `limit` characters.

    A shell reads it as these words and nothing else; a control character in it is shown by its picture.
    """
    return safe_text(" ".join(map(_quoted, words)), limit)


def _word(text: str, end: str, environment: Mapping[str, str] | None) -> str:
    shell = os.path.basename((os.environ if environment is None else environment).get("SHELL", ""))
    if is_safe(text) and (text.isascii() or _can_be_letters(text, shell, environment)):
        word = _quoted(text)
    else:
        word = _spelled_for_csh(text) if shell in _C_SHELLS else _spelled(text, end)
    if len(os.fsencode(word)) > _LONGEST:
        raise NoShellWordError("it is too long for a line of a shell")
    return word


def _can_be_letters(text: str, shell: str, environment: Mapping[str, str] | None) -> bool:
    """Whether every shell reads a text with letters beyond ASCII as it is, or does at least nothing else.

    ksh93's editor takes some for the end of a line, and then what follows them for the begin of the next one,
    outside its quotes. Where no locale tells that they are letters, tcsh and zsh take their bytes for keys.
    """
    return "ksh" not in shell and _LETTERS.fullmatch(text) is not None and _is_utf8_read(environment)


def _is_utf8_read(environment: Mapping[str, str] | None) -> bool:
    if environment is None:
        return _is_utf8_read_here()
    return terminal_repertoire(environment).encoding == "utf-8"


@cache
def _is_utf8_read_here() -> bool:
    return terminal_repertoire().encoding == "utf-8"


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    parts: list[str] = _PARTS.findall(text)
    return "".join([f"\\{part}" if part in "'\\!" else f"'{part}'" for part in parts]) or "''"


def _spelled(text: str, end: str) -> str:
    if text.endswith("\n"):
        if not end:
            raise NoShellWordError("it ends with a line break, which shells drop")
        text += end
    return f"\"$(printf '{_octal(text)}')\""


def _spelled_for_csh(text: str) -> str:
    if "\n" in text:
        raise NoShellWordError("it has a line break, for which csh and tcsh have no word")
    return f"\"`printf '{_octal(text)}'`\""


def _octal(text: str) -> str:
    """Return a text as the format of ``printf``, whose first character is never that of an option."""
    signs = [chr(byte) if byte in _LITERAL else f"\\{byte:03o}" for byte in os.fsencode(text)]
    if signs[:1] == ["-"]:
        signs[0] = r"\055"
    # Some printf's read a format's escapes first and its percent signs then.
    return "".join(signs).replace(r"\045", "%%")
