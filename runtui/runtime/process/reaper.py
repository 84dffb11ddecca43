"""A shell that ends what a launcher has started, after everything else that could do so was killed."""

from __future__ import annotations

import os
import signal

from runtui.runtime.process.process_tree import GRACE
from runtui.store.marked_processes import MARK_VARIABLE

_TURNS = 5
"""Checks a second."""

# Of a process whose children end meanwhile, the kernel may leave some out: it is looked at three times before
# anything is told to end (proc(5), /proc/PID/task/TID/children).
_SCRIPT = """
exec 3<&0
{
    trap '' HUP INT QUIT TERM
    cd /proc || exit
    read -r mark <&3 || exit
    while read -r word <&3; do
        [ "$word" = over ] && exit
    done
    exec 3<&-
    look_at() {
        line=
        read -r line < "$1/stat" || return
        set -- "$1" ${line##*) }
        case $2 in [ZX]) return ;; esac
        case " $found " in *" $1:${21} "*) return ;; esac
        found="$found $1:${21}"
        for child in $(cat "$1"/task/*/children); do
            is_anothers "$child" || look_at "$child"
        done
    }
    look() {
        found=
        for place in $(grep -lsF -e "$mark" [0-9]*/environ); do
            look_at "${place%/environ}"
        done
        for each in $known; do
            look_again "$each"
        done
        known=$found
        [ -n "$found" ] || exit
    }
    is_anothers() {
        grep -qsF -e "${mark%%=*}=" "$1/environ" && ! grep -qsF -e "$mark" "$1/environ"
    }
    look_again() {
        line=
        read -r line < "${1%:*}/stat" || return
        set -- "$1" ${line##*) }
        [ "${1#*:}" = "${21}" ] && look_at "${1%:*}"
    }
    rest() {
        sleep "$pause" || sleep 1
    }
    known= asked= pause=$2 turn=0
    look
    look
    while [ "$turn" -lt "$1" ]; do
        look
        for each in $found; do
            case " $asked " in *" $each "*) continue ;; esac
            asked="$asked $each"
            kill -s TERM "${each%:*}"
            kill -s CONT "${each%:*}"
        done
        rest
        turn=$((turn + 1))
    done
    while [ "$turn" -gt 0 ]; do
        look
        for each in $found; do
            kill -s KILL "${each%:*}"
        done
        rest
        turn=$((turn - 1))
    done
} &
"""


class Reaper:
    """A shell that waits until this process and its forks are gone, and then ends the processes with a mark.

    What carries it, in its environment, and all below that: it is found though it has left its session. What
    carries another mark is ended by another launcher, that is among what is ended, and records its end. The
    shell has nothing in its name that people look for when they kill a program by its name, a session of its
    own, and is nobody's child here. To be made before this process adopts orphans.

    Args:
        mark: The mark. It also begins what the shell is told, so that it stands in nobody's arguments.
        grace: Seconds that the processes have to end by themselves.

    Raises:
        OSError: The shell cannot be started.
    """

    def __init__(self, mark: str, grace: float = GRACE) -> None:
        reader, self._writer = os.pipe()
        try:
            pid = os.posix_spawnp(
                "sh",
                ["sh", "-c", _SCRIPT, "sh", str(round(grace * _TURNS)), str(1 / _TURNS)],
                {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, reader, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ],
                setsid=True,
                setsigdef=[signal.SIGPIPE],
                setsigmask=[],
            )
            os.waitpid(pid, 0)  # it goes on in the background, as init's child
            os.write(self._writer, f"{MARK_VARIABLE}={mark}\n".encode())
        except BaseException:
            os.close(self._writer)
            raise
        finally:
            os.close(reader)

    def dismiss(self) -> None:
        """Dismiss the shell: all is over, and nothing is left to end."""
        try:
            os.write(self._writer, b"over\n")
        except OSError:
            pass  # somebody killed it
        os.close(self._writer)
