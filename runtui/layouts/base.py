"""The protocol of a layout: the common interface to run directories of other programs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol


class Layout(Protocol):
    """The layout of another program's run directory. Only reads, and follows no links out of the run.

    Everything on disk is untrusted: what is missing, torn or of a wrong type is left out, and no method but
    `metadata` may raise for it.
    """

    @property
    def name(self) -> str:
        """The name by which users filter, such as ``hydra``: lower case letters, digits and dashes."""

    def recognises(self, names: Collection[str]) -> bool:
        """Return whether a directory is a run of this layout, by the names of what lies in it.

        Called for every directory without a record: opens no file.
        """

    def metadata(self, run_dir: str) -> dict[str, Any]:
        """Return an equivalent of ``metadata.json``: status, times, parameters, tags, job, as far as known.

        Raises:
            OSError: The directory cannot be read.
        """

    def checkpoints(self, run_dir: str) -> Sequence[str]:
        """Return the paths of the checkpoints below the run, the newest last."""
