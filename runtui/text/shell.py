"""Quoting for a shell's prompt: pasted there, any text is one word and nothing else.

The same form works in bash, zsh, dash, ksh, fish and tcsh. Single quotes protect all but three characters: a
quote ends them, fish interprets backslashes, csh interprets exclamation marks. Those three are written
outside the quotes, each after a backslash.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import cache

from runtui.text.glyphs import terminal_repertoire
from runtui.text.sanitize import is_safe, safe_text

# Such a word is never a variable, a job, a zsh command or an entry of the csh directory stack.
_PLAIN = re.compile(r"[/-][A-Za-z0-9_./:,+@%=-]*|[A-Za-z0-9_.+][A-Za-z0-9_./:,+@-]*")
_LETTERS = re.compile(r"[A-Za-z0-9_./:,+@%=\u0080-\U0010ffff-]*")
_PARTS = re.compile(r"[^'\\!]+|['\\!]")
_LITERAL = frozenset(b"/._-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LONGEST = 4000  # bytes; without a line editor, a terminal drops what exceeds 4095 in one line
_C_SHELLS = ("csh", "tcsh")


class NoShellWordError(ValueError):
    """Text that cannot be quoted for the user's shell; the message says why."""


def shell_word(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Quote a text, such as a run id, as one word for the prompt of any shell.

    A text with control characters is written for ``printf`` in the syntax of `$SHELL`. Quotes do not help
    there: pasted text goes through the terminal first, where an interrupt or a line end acts even in quotes.

    Args:
        text: Any text that can be an argument of a program.
        environment: Environment variables that name the shell and the locale (default: the process's).

    Raises:
        NoShellWordError: The user's shell cannot quote it.
    """
    return _word(text, "", environment)


def directory_word(path: str, environment: Mapping[str, str] | None = None) -> str:
    """Quote a directory's path as one word for the prompt of any shell.

    Args:
        path: The path.
        environment: As of `shell_word`.

    Raises:
        NoShellWordError: The user's shell cannot quote it.
    """
    # Shells remove line ends from the end of a command's output: the dot protects them.
    return _word(path, "/.", environment)


def advised_command(*words: str, directory: str) -> str:
    """Return a command on a directory for the user to paste.

    A path that the shell cannot quote is shown sanitised instead.

    Args:
        words: First words of the command, which need no quotes.
        directory: The directory.
    """
    path = f"./{directory}" if directory.startswith("-") else directory
    try:
        word = directory_word(path)
    except NoShellWordError:
        word = _quoted(safe_text(path))
    return " ".join([*words, word])


def shown_command(words: Iterable[str], limit: int) -> str:
    """Quote a command in one line that is safe to show.

    A shell reads it as these words and nothing else; control characters in it are shown as their pictures.

    Args:
        words: The command.
        limit: Longest result in characters.
    """
    return safe_text(" ".join(map(_quoted, words)), limit)


def _word(text: str, end: str, environment: Mapping[str, str] | None) -> str:
    shell = os.path.basename((os.environ if environment is None else environment).get("SHELL", ""))
    if is_safe(text) and (text.isascii() or _can_be_letters(text, shell, environment)):
        word = _quoted(text)
    else:
        word = _spelled_for_csh(text) if shell in _C_SHELLS else _spelled(text, end)
    if len(os.fsencode(word)) > _LONGEST:
        raise NoShellWordError("too long for a line of a shell")
    return word


def _can_be_letters(text: str, shell: str, environment: Mapping[str, str] | None) -> bool:
    """Return whether every shell reads a text with letters beyond ASCII unchanged and harmlessly.

    The editor of ksh93 takes some for a line end, and the text after them for a new command outside the
    quotes. Without a UTF-8 locale, tcsh and zsh take their bytes for keys.
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
            raise NoShellWordError("ends with a line break, which shells drop")
        text += end
    return f"\"$(printf '{_octal(text)}')\""


def _spelled_for_csh(text: str) -> str:
    if "\n" in text:
        raise NoShellWordError("has a line break, which csh and tcsh cannot quote")
    return f"\"`printf '{_octal(text)}'`\""


def _octal(text: str) -> str:
    """Return a text as a ``printf`` format that does not begin like an option."""
    signs = [chr(byte) if byte in _LITERAL else f"\\{byte:03o}" for byte in os.fsencode(text)]
    if signs[:1] == ["-"]:
        signs[0] = r"\055"
    # Some implementations of printf interpret the escapes first, then the percent signs.
    return "".join(signs).replace(r"\045", "%%")
