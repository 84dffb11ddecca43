"""The layouts there are: another one is a module beside this, and a row in `LAYOUTS`.

Imported only once a directory without a metadata.json is met.
"""

from __future__ import annotations

from runtui.layouts.base import Layout
from runtui.layouts.signac import Signac
from runtui.layouts.slurm import SlurmScript

LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in (Signac(), SlurmScript())}
"""All layouts by their names. Where several recognise a directory, the first of them counts."""
