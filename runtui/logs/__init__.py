"""Logs of any size: reading and following them, searching them, and diagnosing why a run failed.

Knows nothing of screens or catalogs; starts no threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtui.logs.diagnose.levels import ErrorLines as ErrorLines
    from runtui.logs.diagnose.levels import level_of as level_of
    from runtui.logs.read.json_lines import readable_line as readable_line
    from runtui.logs.read.lines import Line as Line
    from runtui.logs.read.saving import save_lines as save_lines
    from runtui.logs.read.saving import save_range as save_range
    from runtui.logs.read.styles import styled_line as styled_line
    from runtui.logs.read.timestamps import time_from_text as time_from_text
    from runtui.logs.search.pattern import Among as Among
    from runtui.logs.search.pattern import PatternError as PatternError
    from runtui.logs.search.pattern import Without as Without
    from runtui.logs.search.pattern import compile_filter as compile_filter
    from runtui.logs.search.pattern import compile_pattern as compile_pattern
    from runtui.logs.session import ALL as ALL
    from runtui.logs.session import MOST_MERGED as MOST_MERGED
    from runtui.logs.session import LogSession as LogSession
    from runtui.logs.session import lines_of as lines_of
else:
    from runtui.lazy_exports import lazy_exports

    # Imported at first use: 30 ms that the first paint need not wait for.
    __all__, __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "ALL": "runtui.logs.session",
            "Among": "runtui.logs.search.pattern",
            "ErrorLines": "runtui.logs.diagnose.levels",
            "Line": "runtui.logs.read.lines",
            "LogSession": "runtui.logs.session",
            "MOST_MERGED": "runtui.logs.session",
            "PatternError": "runtui.logs.search.pattern",
            "Without": "runtui.logs.search.pattern",
            "compile_filter": "runtui.logs.search.pattern",
            "compile_pattern": "runtui.logs.search.pattern",
            "level_of": "runtui.logs.diagnose.levels",
            "lines_of": "runtui.logs.session",
            "readable_line": "runtui.logs.read.json_lines",
            "save_lines": "runtui.logs.read.saving",
            "save_range": "runtui.logs.read.saving",
            "styled_line": "runtui.logs.read.styles",
            "time_from_text": "runtui.logs.read.timestamps",
        },
    )
