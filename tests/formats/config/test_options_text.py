"""The arguments of a training script in plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.options_text import read_options
from runtui.formats.config.registry import read_document

PRINTED = (
    "----------------- Options ---------------\n"
    "               batch_size: 4                             \t[default: 1]\n"
    "                    beta1: 0.5                           \n"
    "          checkpoints_dir: ./checkpoints                 \n"
    "                  isTrain: True                          \t[default: None]\n"
    "----------------- End -------------------\n"
)


@pytest.mark.parametrize("name", ["opt.txt", "train_opt.txt", "args.txt"])
def test_printed_options_are_read_without_their_defaults(name: str) -> None:
    assert read_document(name, PRINTED.encode()) == {
        "batch_size": 4,
        "beta1": 0.5,
        "checkpoints_dir": "./checkpoints",
        "isTrain": True,
    }


def test_two_columns_are_names_and_values() -> None:
    text = "batch_size    20\nsave_dir    a_lr=0.1\nmodel\tRNN\nlr  = 0.5\n"
    assert read_document("exp_config.txt", text.encode()) == {
        "batch_size": 20,
        "save_dir": "a_lr=0.1",
        "model": "RNN",
        "lr": 0.5,
    }


NOTES = """\
Engine: LAMMPS
Run ID: 20260630_strong
Input File: /home/me/argon.in
rho: 0.8442
threads: 11

Environment:
  OMP_NUM_THREADS=11
Exit Status: 0
rho: 0.9
"""


def test_notes_on_a_run_may_have_blanks_in_their_names_and_the_first_counts() -> None:
    assert read_document("run_info.txt", NOTES.encode()) == {
        "Engine": "LAMMPS",
        "Run ID": "20260630_strong",
        "Input File": "/home/me/argon.in",
        "rho": 0.8442,
        "threads": 11,
        "OMP_NUM_THREADS": 11,
        "Exit Status": 0,
    }
    assert read_document("run_info.txt", b"The run: it went well.\nWe saw\nno more\nof it.\n") is None


def test_plain_values_of_a_namespace_are_read_and_nothing_is_called() -> None:
    text = "Namespace(lr=0.1, betas=(0.9, 0.99), name='a b', at=device(type='cuda'), seen={1, 2}, **more)\n"
    assert read_document("cfg_args", text.encode()) == {"lr": 0.1, "betas": [0.9, 0.99], "name": "a b"}


@pytest.mark.parametrize(
    "text",
    ["Namespace(", "Namespace(" + "(" * 5000, "Namespace(f())", "Some words.\nAnd more.\n", ""],
)
def test_other_text_is_none(text: str) -> None:
    assert read_options(text) is None


@given(st.text())
def test_any_text_is_read_without_a_failure(text: str) -> None:
    read_options(text)
    read_options(f"Namespace({text})")
