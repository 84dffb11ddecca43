"""Whether a process lives is told without mistaking it for another."""

from __future__ import annotations

import json
import os
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.store.process import ProcessIdentity, hostname, is_alive, this_process
from tests.store.children import output_of, start

PRINT_IDENTITY = """
    import json
    from runtui.store.process import this_process
    print(json.dumps(this_process().as_json()), flush=True)
    input()
"""


def test_identity_of_this_process_survives_a_json_round_trip() -> None:
    assert is_alive(this_process()) is True
    assert ProcessIdentity.from_json(this_process().as_json()) == this_process()


def test_killed_child_is_dead_before_and_after_it_is_reaped() -> None:
    with start(PRINT_IDENTITY) as child:
        assert child.stdout is not None
        identity = ProcessIdentity.from_json(json.loads(child.stdout.readline()))
        assert identity is not None
        assert identity.pid == child.pid
        assert is_alive(identity) is True
        os.kill(child.pid, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it is dead, but not reaped: a zombie
        assert is_alive(identity) is False
    assert is_alive(identity) is False


def test_reused_pid_is_not_the_same_process() -> None:
    me = this_process()
    assert is_alive(me._replace(start_time=me.start_time - 1)) is False


def test_a_process_of_an_earlier_boot_is_dead() -> None:
    assert is_alive(this_process()._replace(boot_id="00000000-0000-0000-0000-000000000000")) is False


def test_process_on_another_host_has_an_unknown_state() -> None:
    assert is_alive(this_process()._replace(host=f"not-{hostname()}")) is None


def test_pid_alone_is_checked_if_nothing_else_is_recorded() -> None:
    assert is_alive(ProcessIdentity(hostname(), os.getpid(), "", 0)) is True


@pytest.mark.parametrize("pid", [2**22 + 1, 2**31, 2**63, 10**30])
def test_impossible_pid_is_dead(pid: int) -> None:
    assert is_alive(ProcessIdentity(hostname(), pid, "", 0)) is False


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hide processes")
def test_process_hidden_by_hidepid_is_alive() -> None:
    hide = 'mount -t proc -o hidepid=2 proc /proc && exec "$@"'
    try_first = f"unshare --mount sh -c '{hide}' sh true 2>/dev/null || {{ echo cannot; exit; }}; "
    answer = output_of(
        """
        import os, sys
        from runtui.store.process import ProcessIdentity, is_alive
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
        pid = int(sys.argv[1])
        print(os.path.exists(f"/proc/{pid}"), is_alive(ProcessIdentity(sys.argv[2], pid, "", 1)))
        """,
        os.getpid(),
        hostname(),
        before=["sh", "-c", f"""{try_first} exec unshare --mount sh -c '{hide}' sh "$@" """, "sh"],
    )
    if answer == "cannot":
        pytest.skip("processes cannot be hidden here")
    assert answer == "False True"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
    | st.fixed_dictionaries(
        {"host": st.text() | st.none(), "pid": st.integers() | st.booleans() | st.text()},
        optional={"boot_id": st.text() | st.integers(), "start_time": st.integers() | st.floats()},
    )
)
def test_arbitrary_process_identity_data_never_raises(data: object) -> None:
    identity = ProcessIdentity.from_json(data)
    if identity is not None:
        assert is_alive(identity._replace(host=hostname())) in (True, False)
        assert identity.pid > 0
