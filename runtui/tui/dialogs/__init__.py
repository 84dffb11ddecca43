"""Boxes over a screen: lists to choose from, and things to confirm."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtui.tui.dialogs.adopting import AdoptScreen as AdoptScreen
    from runtui.tui.dialogs.cancelling import CancelScreen as CancelScreen
    from runtui.tui.dialogs.cleaning import CleanupScreen as CleanupScreen
    from runtui.tui.dialogs.cleaning import RuleScreen as RuleScreen
    from runtui.tui.dialogs.columns import ColumnsScreen as ColumnsScreen
    from runtui.tui.dialogs.copying import CopyScreen as CopyScreen
    from runtui.tui.dialogs.dismissed import DismissedScreen as DismissedScreen
    from runtui.tui.dialogs.failures import FailuresScreen as FailuresScreen
    from runtui.tui.dialogs.files import FilesScreen as FilesScreen
    from runtui.tui.dialogs.inbox import InboxScreen as InboxScreen
    from runtui.tui.dialogs.keys import KeysScreen as KeysScreen
    from runtui.tui.dialogs.keys import SortScreen as SortScreen
    from runtui.tui.dialogs.logs import LogsScreen as LogsScreen
    from runtui.tui.dialogs.marking import MarkScreen as MarkScreen
    from runtui.tui.dialogs.noting import DescribeScreen as DescribeScreen
    from runtui.tui.dialogs.noting import NoteScreen as NoteScreen
    from runtui.tui.dialogs.resume_many import ResumeManyScreen as ResumeManyScreen
    from runtui.tui.dialogs.resume_one import ResumeScreen as ResumeScreen
    from runtui.tui.dialogs.saving_table import SaveTableScreen as SaveTableScreen
    from runtui.tui.dialogs.tagging import TagScreen as TagScreen
    from runtui.tui.dialogs.trash import TrashScreen as TrashScreen
    from runtui.tui.dialogs.views import ViewsScreen as ViewsScreen
else:
    from runtui.lazy_exports import lazy_exports

    # Imported at first use: the first paint needs none of them, and each takes 5 to 60 ms to load.
    __all__, __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "AdoptScreen": "runtui.tui.dialogs.adopting",
            "CancelScreen": "runtui.tui.dialogs.cancelling",
            "CleanupScreen": "runtui.tui.dialogs.cleaning",
            "ColumnsScreen": "runtui.tui.dialogs.columns",
            "CopyScreen": "runtui.tui.dialogs.copying",
            "DescribeScreen": "runtui.tui.dialogs.noting",
            "DismissedScreen": "runtui.tui.dialogs.dismissed",
            "FailuresScreen": "runtui.tui.dialogs.failures",
            "FilesScreen": "runtui.tui.dialogs.files",
            "InboxScreen": "runtui.tui.dialogs.inbox",
            "KeysScreen": "runtui.tui.dialogs.keys",
            "LogsScreen": "runtui.tui.dialogs.logs",
            "MarkScreen": "runtui.tui.dialogs.marking",
            "NoteScreen": "runtui.tui.dialogs.noting",
            "ResumeManyScreen": "runtui.tui.dialogs.resume_many",
            "ResumeScreen": "runtui.tui.dialogs.resume_one",
            "RuleScreen": "runtui.tui.dialogs.cleaning",
            "SaveTableScreen": "runtui.tui.dialogs.saving_table",
            "SortScreen": "runtui.tui.dialogs.keys",
            "TagScreen": "runtui.tui.dialogs.tagging",
            "TrashScreen": "runtui.tui.dialogs.trash",
            "ViewsScreen": "runtui.tui.dialogs.views",
        },
    )
