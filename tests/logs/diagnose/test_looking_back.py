"""Looking back in a long log over what repeats at its end."""

from __future__ import annotations

from runtui.logs.diagnose.looking_back import is_same_output, look_back

STEPS = b"".join(b"step %d energy -%d.5\n" % (step, step % 7) for step in range(9000))
SAID = b"ERROR: mesh 3 and boundary 12 do not fit\n"
TABLE = b"".join(b"cell %d of the table %d.5\n" % (cell, cell % 9) for cell in range(200_000))


def test_what_a_program_said_before_a_dump_is_found_and_in_its_place() -> None:
    log = STEPS + SAID + TABLE
    found = look_back(len(log), len(log) - 50_000, lambda offset, count: log[offset : offset + count])
    place = found.data.index(SAID)
    part = max(number for number, begin in enumerate(found.begins) if begin <= place)
    assert found.places[part] + place - found.begins[part] == len(STEPS)


def test_little_of_a_long_log_is_read_and_kept() -> None:
    log = STEPS + SAID + TABLE
    found = look_back(len(log), len(log) - 50_000, lambda offset, count: log[offset : offset + count])
    assert found.read < len(log) // 8
    assert len(found.data) < 20_000


def test_every_kept_line_stands_in_the_log_where_it_says() -> None:
    log = STEPS[:30_000] + SAID + TABLE[:300_000] + b"Killed\n"
    found = look_back(len(log), len(log) - 50_000, lambda offset, count: log[offset : offset + count])
    ends = [*found.begins[1:], len(found.data)]
    for begin, end, place in zip(found.begins, ends, found.places, strict=True):
        part = found.data[begin:end].rstrip(b"\n")
        assert log[place : place + len(part)] == part


def test_output_of_the_same_words_is_regular() -> None:
    assert is_same_output(STEPS[:8000], STEPS[50_000:])
    assert not is_same_output(STEPS[:8000], TABLE)
