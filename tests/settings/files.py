"""Settings files for tests."""

from __future__ import annotations

from pathlib import Path

WHOLE = """\
theme = "nord"
columns = ["status", "id", { key = "model.beta", width = 9 }]
sort = "-loss"
bell = false
panes = "details"
panes_share = 60
notify = "failed"
notify_command = 'mail -s "$RUNTUI_RUN_ID" me'

[keys]
filter = "f,/"
help = ["f1", "?"]

[budgets]
watches = 50
sweep_rate = 2

[[views]]
name = "Cold runs"
query = "temperature<0.3 status:failed"
sort = "temperature"
columns = ["id", "temperature"]
group = "solver"
"""
"""Everything that can be set."""

UNKNOWN = """\
[[views]]
name = "Mine"
query = "user:me"
colour = 1
[views.later]
x = [1]

[[views]]
name = "Other"
"""
"""Views with keys that the program does not know."""


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)
