from __future__ import annotations

import pytest

from runtui.batch.more_resources import (
    JobUsage,
    memory_bytes,
    memory_text,
    more_memory,
    more_time,
    time_seconds,
    time_text,
)
from runtui.batch.slurm import parse_usage

GIB = 1 << 30


@pytest.mark.parametrize(
    ("text", "amount"),
    [("8G", 8 * GIB), ("2000", 2000 << 20), ("1.5g", 3 * GIB // 2), ("4Gn", 4 * GIB), ("100K", 102_400)],
)
def test_memory_is_read_as_schedulers_write_it(text: str, amount: int) -> None:
    assert memory_bytes(text) == amount


@pytest.mark.parametrize("text", ["", "4Gc", "lots", "-1G"])
def test_text_that_is_no_amount_of_memory_is_unknown(text: str) -> None:
    assert memory_bytes(text) is None


@pytest.mark.parametrize(("amount", "text"), [(8 * GIB, "8G"), (1536 << 20, "1536M"), (1, "1M")])
def test_memory_is_written_in_whole_units(amount: int, text: str) -> None:
    assert memory_text(amount) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 5400),
        ("30:15", 1815),
        ("2:30:00", 9000),
        ("1-12", 129_600),
        ("1-00:30", 88_200),
        ("1-02:00:05", 93_605),
    ],
)
def test_time_is_read_as_slurm_writes_it(text: str, seconds: int) -> None:
    assert time_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "UNLIMITED", "1:2:3:4", "x-1"])
def test_text_that_is_no_time_is_unknown(text: str) -> None:
    assert time_seconds(text) is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(600, "0:10:00"), (36_000, "10:00:00"), (90_000, "1-01:00:00")]
)
def test_time_is_written_as_schedulers_take_it(seconds: int, text: str) -> None:
    assert time_text(seconds) == text
    assert time_seconds(text) == seconds


def test_memory_is_doubled_from_what_accounting_says() -> None:
    found = more_memory({"memory": "1G"}, JobUsage(memory_limit=2 * GIB, peak_memory=GIB))
    assert found == ("memory", "4G", "ran out of memory of 2.0 GiB, used 1.0 GiB")


def test_memory_is_doubled_from_the_jobs_request_without_accounting() -> None:
    found = more_memory({"memory": "1G"})
    assert found is not None
    assert found.value == "2G"


def test_time_is_doubled() -> None:
    assert more_time({"time": "10"}) == ("time", "0:20:00", "reached its limit of 0:10:00")
    found = more_time({"time": "10"}, JobUsage(time_limit=3600))
    assert found is not None
    assert found.value == "2:00:00"


def test_nothing_is_proposed_where_the_limit_is_unknown() -> None:
    assert more_memory({}) is None
    assert more_time({"time": "UNLIMITED"}) is None


def test_usage_is_the_largest_of_a_jobs_steps() -> None:
    text = "7|60|2G|\n7.batch|||1048576K\n7.0|||512M\n"
    assert parse_usage(text) == JobUsage(3600, 2 * GIB, GIB)
    assert parse_usage("") == JobUsage()
    assert parse_usage("7|UNLIMITED|0|\n") == JobUsage()
