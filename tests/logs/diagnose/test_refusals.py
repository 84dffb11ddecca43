import pytest

from runtui.logs.diagnose.refusals import Refusal, is_negative, is_pointer, refusal_of


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("cannot open the table", Refusal.SURELY),
        ("the number of ranks must be a multiple of 8", Refusal.SURELY),
        ("negative mean density in zone 12", Refusal.SURELY),
        ("method 7 is not yet implemented", Refusal.SURELY),
        ("stopping because of problems", Refusal.SURELY),
        ("ERROR: mesh 3", Refusal.SURELY),
        ("error reading block 3", Refusal.SURELY),
        ("mesh 3 and boundary 12 do not fit", Refusal.MAYBE),
        ("nsend /= nrecv", Refusal.MAYBE),
        ("gamma < 1", Refusal.MAYBE),
        ("Unlocatable particle on processor 285", Refusal.SURELY),
        ("Unresolvable layer of cell 3", Refusal.MAYBE),
        ("the layer blew over the edge", Refusal.MAYBE),
        ("Maximum time exceeded", Refusal.MAYBE),
        ("Loading checkpoint shards", Refusal.NONE),
        ("usage: flow INPUT", Refusal.SURELY),
        ("Peak memory usage: 12 MB", Refusal.NONE),
    ],
)
def test_refusal_is_told_by_words(text: str, refusal: Refusal) -> None:
    assert refusal_of(text) is refusal
    assert is_negative(text) is (refusal is not Refusal.NONE)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("app.cli|ERROR| Check stdout/stderr in /home/kim/engine.out", True),
        ("ERROR: See the log file run.log for details", True),
        ("[ERROR] For more information see run.err", True),
        ("error: please check out.txt", True),
        ("FATAL: see above", True),
        ("ERROR - Refer to the log for details", True),
        ("ERROR: check failed", False),
        ("ERROR: check that the mesh is closed", False),
        ("ERROR: see run.log: mesh 3 is not closed", False),
        ("mesh 3 is not closed", False),
    ],
)
def test_pointers_tell_only_where_to_look(text: str, is_one: bool) -> None:
    assert is_pointer(text) is is_one
