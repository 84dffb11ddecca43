"""The table of actions. Keys, help, palette, hints and README's table of keys are made from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple, Protocol, runtime_checkable

from textual.binding import Binding, BindingType


class Place(Enum):
    """Part of the screen in which an action is available; the value is its heading in the help."""

    TABLE = "Table of runs"
    BROWSER = "Runs"
    LINES = "Details and log"
    DETAILS = "Details"
    LOG = "Log"
    RESULTS = "Comparison, charts, tables, pictures"
    COMPARISON = "Comparison"
    CHARTS = "Charts of all metrics"
    CHART = "Chart"
    GRID = "Table of results"
    MATCHES = "Search in all logs"
    EVERYWHERE = "Everywhere"
    CHOOSER = "Pickers"
    VIEWS = "View picker"
    COLUMNS = "Column picker"
    SORTING = "Sort picker"
    ROWS = "Rows of a dialog"
    BOX = "Dialogs"
    TAGGING = "Tag dialog"
    NOTE = "Note"
    RESUMING = "Resume dialog"
    TRASH = "Trash"
    INBOX = "Inbox"
    DISMISSED = "Dismissed failures"
    FILTER = "Filter line"
    PROMPT = "Prompts"
    HELP = "Help"
    TOO_SMALL = "Terminal too small"


class Hint(NamedTuple):
    """An action's text in the line of hints at the bottom.

    Attributes:
        text: What the key does, in a word or two.
        rank: Sort key; hints with the lowest rank come first, and as many as fit are shown.
        places: Where the hint is shown; empty for the action's own place.
    """

    text: str
    rank: int
    places: tuple[Place, ...] = ()


class Action(NamedTuple):
    """Something a user can do.

    Attributes:
        name: The name of its method, without ``action_``; also its name in the settings.
        keys: Its default keys, as Textual names them.
        title: What it does, in a few words.
        help: Further explanation, in a sentence; ``""`` for none.
        place: Where it is available.
        in_palette: Whether the command palette offers it.
        hint: Its text in the line of hints; None if it is not shown there.
    """

    name: str
    keys: tuple[str, ...]
    title: str
    help: str
    place: Place
    in_palette: bool = True
    hint: Hint | None = None


Keys = Mapping[str, tuple[str, ...]]
"""The keys of actions that the user has remapped, as Textual names them."""

NO_KEYS: Keys = {}

_KEY_IN_TEXT = re.compile(r"\{key:(\w+)\}")


@runtime_checkable
class KeyedApp(Protocol):
    """An app that knows the user's keys."""

    keys: Keys


_SHOWN_KEYS = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "enter": "Enter",
    "escape": "Esc",
    "slash": "/",
    "question_mark": "?",
    "ctrl+p": "Ctrl+P",
    "tab": "Tab",
    "space": "Space",
    "asterisk": "*",
    "exclamation_mark": "!",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "ampersand": "&",
    "plus": "+",
    "minus": "-",
    "colon": ":",
    "apostrophe": "'",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}

ACTIONS: tuple[Action, ...] = (
    Action("cursor_down", ("j", "down"), "next run", "", Place.TABLE, in_palette=False),
    Action("cursor_up", ("k", "up"), "previous run", "", Place.TABLE, in_palette=False),
    Action("page_down", ("pagedown", "ctrl+f"), "page down", "", Place.TABLE, in_palette=False),
    Action("page_up", ("pageup", "ctrl+b"), "page up", "", Place.TABLE, in_palette=False),
    Action("cursor_first", ("g", "home"), "first run", "", Place.TABLE, in_palette=False),
    Action("cursor_last", ("G", "end"), "last run", "", Place.TABLE, in_palette=False),
    Action("columns_left", ("left",), "columns to the left", "", Place.TABLE, in_palette=False),
    Action(
        "columns_right",
        ("right",),
        "columns to the right",
        "Those that do not fit; ‹ and › in the heading tell that there are some.",
        Place.TABLE,
        in_palette=False,
    ),
    Action(
        "select_run",
        ("space",),
        "select or deselect the run",
        "On a group heading, all runs of the group.",
        Place.TABLE,
        in_palette=False,
    ),
    Action(
        "select_range",
        ("V",),
        "select a range",
        "Move to extend it; {key:select_range} ends it.",
        Place.TABLE,
        in_palette=False,
    ),
    Action(
        "select_all",
        ("asterisk",),
        "select all runs that match",
        "Press again to clear the selection.",
        Place.TABLE,
        in_palette=False,
    ),
    Action(
        "next_failed",
        ("n",),
        "next open failure",
        "A failure is open until you resume, mark or dismiss it.",
        Place.BROWSER,
        hint=Hint("next failed", 3),
    ),
    Action("previous_failed", ("N",), "previous open failure", "", Place.BROWSER),
    Action(
        "inbox",
        ("i",),
        "inbox: open failures by reason",
        "Of the runs that match the filter; actions apply to the selected groups.",
        Place.BROWSER,
        hint=Hint("inbox", 5),
    ),
    Action(
        "filter",
        ("slash",),
        "filter the runs",
        "All words must match, -word excludes: status:failed,running tag:prod user:me age<2d beta>=0.3. "
        "{key:complete_filter} completes, {key:earlier_filter} {key:later_filter} recall earlier filters.",
        Place.BROWSER,
        hint=Hint("filter", 1),
    ),
    Action(
        "search_logs",
        ("A",),
        "search all logs",
        "Of the selected runs, or of all that the filter shows. {key:back} in a log opened there returns.",
        Place.BROWSER,
        hint=Hint("search logs", 12),
    ),
    Action("sort_next", ("o",), "sort by the next column", "", Place.BROWSER),
    Action("sort_reverse", ("O",), "reverse the sort order", "", Place.BROWSER),
    Action(
        "sort_by",
        ("S",),
        "sort by any key",
        "Any column, parameter, metadata key or metric; again: a second key.",
        Place.BROWSER,
    ),
    Action(
        "group_by",
        ("b",),
        "group the runs by a key",
        "Choose the current key again to ungroup.",
        Place.BROWSER,
    ),
    Action(
        "fold_all",
        ("z",),
        "fold or unfold all groups",
        "{key:show_details} on a heading folds that group.",
        Place.BROWSER,
    ),
    Action(
        "columns",
        ("C",),
        "choose the columns",
        "Any parameter or metadata key can be a column.",
        Place.BROWSER,
    ),
    Action(
        "show_details",
        ("enter",),
        "go to details",
        "{key:show_details} there jumps to the error line; {key:back} returns.",
        Place.BROWSER,
    ),
    Action(
        "show_log",
        ("l",),
        "open the log at full height",
        "{key:back} returns.",
        Place.BROWSER,
        hint=Hint("log", 2),
    ),
    Action(
        "next_layout",
        ("Z",),
        "show details and log, one of them, or the table alone",
        "Kept for the next time. On a wide terminal they stand beside the table.",
        Place.BROWSER,
    ),
    Action("larger_panes", ("plus",), "more room for details and log", "", Place.BROWSER),
    Action("smaller_panes", ("minus",), "less room for details and log", "", Place.BROWSER),
    Action(
        "show_error",
        ("e",),
        "jump to the error line in the log",
        "In the log, jump to the next error.",
        Place.BROWSER,
        hint=Hint("why", 4),
    ),
    Action(
        "views",
        ("v",),
        "saved views",
        "A view is a named filter, sort order, columns and grouping; save the current one from the list.",
        Place.BROWSER,
        hint=Hint("views", 11),
    ),
    Action(
        "compare",
        ("c",),
        "compare the selected runs",
        "A single run is compared with its parent.",
        Place.BROWSER,
    ),
    Action(
        "plot",
        ("p",),
        "plot the metrics of the selected runs",
        "Numeric columns of the run's tables, updated as they grow.",
        Place.BROWSER,
    ),
    Action(
        "files",
        ("f",),
        "open results: tables, pictures, text",
        "Tables of any size scroll at once; {key:draw} plots one.",
        Place.BROWSER,
    ),
    Action(
        "tag",
        ("t",),
        "add and remove tags",
        "Type prod -old to add prod and remove old. Applies to the selection, or the run under the cursor.",
        Place.BROWSER,
        hint=Hint("tag", 6),
    ),
    Action("mark", ("s",), "set the status, with a reason", "", Place.BROWSER, hint=Hint("mark", 7)),
    Action(
        "note",
        ("m",),
        "write a note",
        "In several lines; ✎ before the description tells of it, and note:word finds it.",
        Place.BROWSER,
        hint=Hint("note", 12),
    ),
    Action("describe", ("M",), "change the description", "", Place.BROWSER),
    Action(
        "pin",
        ("P",),
        "pin to the top, or unpin",
        "A pinned run (▴) comes first in any order, for you alone.",
        Place.BROWSER,
    ),
    Action(
        "mark_lost",
        ("L",),
        "mark lost runs failed",
        "At once, without a dialog; {key:undo} undoes it.",
        Place.BROWSER,
    ),
    Action(
        "resume",
        ("r",),
        "resume into a child run",
        "Choose the checkpoint, change parameters, launch. Several runs each use their newest.",
        Place.BROWSER,
        hint=Hint("resume", 8),
    ),
    Action(
        "rerun",
        ("R",),
        "run again from the start, as a child run",
        "With the same command; change or add parameters, launch. Several runs get the same change.",
        Place.BROWSER,
    ),
    Action(
        "cancel_run",
        ("x",),
        "stop running runs",
        "Stops their processes or cancels their jobs, after asking.",
        Place.BROWSER,
    ),
    Action(
        "clean",
        ("d",),
        "move runs to the trash",
        "Shows first what moves, what stays and why.",
        Place.BROWSER,
        hint=Hint("trash", 9),
    ),
    Action(
        "clean_by_rule",
        ("D",),
        "clean up by rule",
        "keep 20 status:failed age>30d moves old failed runs to the trash, except the 20 newest.",
        Place.BROWSER,
    ),
    Action(
        "adopt",
        ("a",),
        "adopt runs of other programs",
        "Shows first which get a metadata.json and with which status; nothing else in them changes.",
        Place.BROWSER,
    ),
    Action("trash", ("T",), "trash: restore runs, or delete them for good", "", Place.BROWSER),
    Action(
        "undo",
        ("u",),
        "undo the last change",
        "Tags, status, cleanup, resume, adoption or dismissal. Press again to undo the change before that.",
        Place.BROWSER,
        hint=Hint("undo", 10),
    ),
    Action("stop_operation", ("ctrl+c",), "cancel the bulk action", "", Place.BROWSER),
    Action("copy", ("y",), "copy the id, the path or a cd command", "", Place.BROWSER),
    Action("shell", ("exclamation_mark",), "open a shell in the run directory", "", Place.BROWSER),
    Action("go_to_parent", ("less_than_sign",), "go to the parent", "", Place.BROWSER),
    Action("go_to_child", ("greater_than_sign",), "go to the newest child", "", Place.BROWSER),
    Action(
        "watch",
        ("w",),
        "notify when it ends (toggle)",
        "Rings the bell, too; the settings can add all failures, the desktop and a command.",
        Place.BROWSER,
    ),
    Action(
        "save_table",
        ("W",),
        "save the table to a file",
        "Its rows, columns and order, as CSV, TSV or Markdown.",
        Place.BROWSER,
    ),
    Action("refresh", ("ctrl+r",), "refresh", "", Place.BROWSER),
    Action("scroll_down", ("j", "down"), "line down", "", Place.LINES, in_palette=False),
    Action("scroll_up", ("k", "up"), "line up", "", Place.LINES, in_palette=False),
    Action("page_down", ("pagedown", "space", "ctrl+f"), "page down", "", Place.LINES, in_palette=False),
    Action("page_up", ("pageup", "ctrl+b"), "page up", "", Place.LINES, in_palette=False),
    Action("scroll_home", ("g", "home"), "go to the beginning", "", Place.LINES, in_palette=False),
    Action("scroll_end", ("G", "end"), "go to the end", "", Place.LINES, in_palette=False),
    Action("scroll_left", ("left", "h"), "scroll left", "", Place.LINES, in_palette=False),
    Action("scroll_right", ("right",), "scroll right", "", Place.LINES, in_palette=False),
    Action(
        "unfold_bookkeeping",
        ("z",),
        "show or hide the values that only runtui needs",
        "",
        Place.DETAILS,
        in_palette=False,
    ),
    Action(
        "follow",
        ("F",),
        "follow the log",
        "Scrolling up pauses; scrolling to the end resumes.",
        Place.LOG,
        hint=Hint("follow", 5),
    ),
    Action(
        "search",
        ("slash",),
        "search",
        "Words or a regular expression; capitals make it case-sensitive. While following, it searches up.",
        Place.LOG,
        hint=Hint("search", 2),
    ),
    Action(
        "next_match",
        ("n",),
        "next match; without a search, the next open failure",
        "{key:back} ends the search.",
        Place.LOG,
        hint=Hint("next failed", 3),
    ),
    Action(
        "previous_match", ("N",), "previous match; without a search, the previous open failure", "", Place.LOG
    ),
    Action("next_error", ("e",), "next error", "", Place.LOG, hint=Hint("next error", 3)),
    Action("previous_error", ("E",), "previous error", "", Place.LOG),
    Action(
        "filter_lines",
        ("ampersand",),
        "show only matching lines",
        "!pattern leaves out its lines instead; an empty filter shows all.",
        Place.LOG,
        hint=Hint("filter", 4),
    ),
    Action("more_context", ("plus",), "more context around each match", "", Place.LOG),
    Action("less_context", ("minus",), "less context around each match", "", Place.LOG),
    Action("go_to", ("colon",), "go to a line, percentage or time", "", Place.LOG, hint=Hint("go to", 8)),
    Action(
        "next_log", ("right_square_bracket",), "next log of the run", "", Place.LOG, hint=Hint("next log", 6)
    ),
    Action("previous_log", ("left_square_bracket",), "previous log of the run", "", Place.LOG),
    Action(
        "merge_logs",
        ("m",),
        "merge all logs by time",
        "Press again for a single log.",
        Place.LOG,
        hint=Hint("all logs", 7),
    ),
    Action("logs", ("L",), "choose any text file of the run", "", Place.LOG),
    Action("raw", ("J",), "show JSON lines as they are written, or readable (toggle)", "", Place.LOG),
    Action("wrap", ("w",), "wrap long lines (toggle)", "", Place.LOG, hint=Hint("wrap", 9)),
    Action(
        "select", ("V",), "select lines", "Move to extend the selection; {key:select} ends it.", Place.LOG
    ),
    Action("copy_lines", ("y",), "copy the selected lines, or the current one", "", Place.LOG),
    Action(
        "copy_with_context",
        ("Y",),
        "copy the selected lines, or those around the current one, and where they stand",
        "",
        Place.LOG,
    ),
    Action("bookmark", ("B",), "set or remove a bookmark", "", Place.LOG),
    Action("next_bookmark", ("apostrophe",), "next bookmark of this log", "", Place.LOG),
    Action("save_lines", ("W",), "save the selected lines, or the whole log, to a file", "", Place.LOG),
    Action("pager", ("o",), "open the log in $PAGER at this line", "", Place.LOG),
    Action("editor", ("O",), "open the log in $EDITOR at this line", "", Place.LOG),
    Action(
        "leave",
        ("escape", "q"),
        "back to the runs",
        "",
        Place.RESULTS,
        in_palette=False,
        hint=Hint(
            "back",
            1,
            (Place.COMPARISON, Place.RESULTS, Place.CHARTS, Place.CHART, Place.GRID, Place.MATCHES),
        ),
    ),
    Action("read_again", ("R",), "reload", "", Place.RESULTS, in_palette=False, hint=Hint("read again", 2)),
    Action(
        "all_rows",
        ("a",),
        "show all rows, or only those that differ",
        "",
        Place.COMPARISON,
        in_palette=False,
        hint=Hint("all rows", 2),
    ),
    Action(
        "next_reference",
        ("r",),
        "change the reference run",
        "The reference run is the first column.",
        Place.COMPARISON,
        in_palette=False,
        hint=Hint("reference", 3),
    ),
    Action(
        "change",
        ("d",),
        "show values, differences or ratios",
        "",
        Place.COMPARISON,
        in_palette=False,
        hint=Hint("differences", 4),
    ),
    Action(
        "export",
        ("w",),
        "save as CSV, JSON or Markdown",
        "The file extension decides: .csv, .json or .md.",
        Place.COMPARISON,
        in_palette=False,
        hint=Hint("save", 5),
    ),
    Action(
        "enlarge",
        ("enter",),
        "show the chart alone",
        "",
        Place.CHARTS,
        in_palette=False,
        hint=Hint("enlarge", 2),
    ),
    Action("chart_left", ("left", "h"), "chart to the left", "", Place.CHARTS, in_palette=False),
    Action("chart_right", ("right",), "chart to the right", "", Place.CHARTS, in_palette=False),
    Action("chart_up", ("up", "k"), "chart above", "", Place.CHARTS, in_palette=False),
    Action("chart_down", ("down", "j"), "chart below", "", Place.CHARTS, in_palette=False),
    Action(
        "next_charts",
        ("right_square_bracket", "pagedown"),
        "next page of charts",
        "",
        Place.CHARTS,
        in_palette=False,
        hint=Hint("next page", 3),
    ),
    Action(
        "previous_charts",
        ("left_square_bracket", "pageup"),
        "previous page of charts",
        "",
        Place.CHARTS,
        in_palette=False,
    ),
    Action(
        "filter_metrics",
        ("slash",),
        "only metrics with a text in their names",
        "",
        Place.CHARTS,
        in_palette=False,
        hint=Hint("filter", 4),
    ),
    Action("all_metrics", ("a",), "all metrics", "", Place.CHARTS, in_palette=False),
    Action(
        "log_scales",
        ("l",),
        "logarithmic or linear scales",
        "",
        Place.CHARTS,
        in_palette=False,
        hint=Hint("log scale", 5),
    ),
    Action(
        "cursor_right",
        ("right",),
        "read the values further on",
        "Arrows move a line across the curves; the legend shows their values there.",
        Place.CHART,
        in_palette=False,
        hint=Hint("values", 6),
    ),
    Action("cursor_left", ("left",), "read the values before", "", Place.CHART, in_palette=False),
    Action("zoom_in", ("z",), "zoom in", "", Place.CHART, in_palette=False, hint=Hint("zoom", 7)),
    Action("zoom_out", ("Z",), "zoom out", "", Place.CHART, in_palette=False),
    Action("zoom_all", ("0",), "show the whole range", "", Place.CHART, in_palette=False),
    Action(
        "choose_metric",
        ("m", "enter"),
        "choose the metric",
        "",
        Place.CHART,
        in_palette=False,
        hint=Hint("metric", 2),
    ),
    Action(
        "next_metric",
        ("right_square_bracket",),
        "next metric",
        "",
        Place.CHART,
        in_palette=False,
        hint=Hint("next metric", 3),
    ),
    Action("previous_metric", ("left_square_bracket",), "previous metric", "", Place.CHART, in_palette=False),
    Action(
        "x_axis",
        ("x",),
        "plot against step, time or row",
        "",
        Place.CHART,
        in_palette=False,
        hint=Hint("step, time, row", 4),
    ),
    Action(
        "log_scale",
        ("l",),
        "logarithmic or linear scale",
        "",
        Place.CHART,
        in_palette=False,
        hint=Hint("log scale", 5),
    ),
    Action(
        "smoother", ("plus",), "more smoothing", "", Place.CHART, in_palette=False, hint=Hint("smoother", 6)
    ),
    Action("rougher", ("minus",), "less smoothing", "", Place.CHART, in_palette=False, hint=Hint("less", 7)),
    Action(
        "find",
        ("slash",),
        "search rows: words or a regular expression",
        "",
        Place.GRID,
        in_palette=False,
        hint=Hint("find", 2),
    ),
    Action("find_next", ("n",), "next matching row", "", Place.GRID, in_palette=False, hint=Hint("next", 3)),
    Action(
        "find_previous",
        ("N",),
        "previous matching row",
        "",
        Place.GRID,
        in_palette=False,
        hint=Hint("previous", 4),
    ),
    Action(
        "go_to_row",
        ("colon",),
        "go to a row or percentage",
        "",
        Place.GRID,
        in_palette=False,
        hint=Hint("go to row", 5),
    ),
    Action("draw", ("p",), "plot its columns", "", Place.GRID, in_palette=False, hint=Hint("plot", 6)),
    Action(
        "open_match",
        ("enter",),
        "open the log at the line",
        "{key:back} there returns to the list.",
        Place.MATCHES,
        in_palette=False,
        hint=Hint("open", 2),
    ),
    Action(
        "show_found_runs",
        ("f",),
        "show only the runs with matches in the table",
        "",
        Place.MATCHES,
        in_palette=False,
        hint=Hint("runs in table", 3),
    ),
    Action(
        "new_search",
        ("slash",),
        "search for something else",
        "",
        Place.MATCHES,
        in_palette=False,
        hint=Hint("search", 4),
    ),
    Action("next_found", ("n",), "next run", "", Place.MATCHES, in_palette=False, hint=Hint("next run", 5)),
    Action("previous_found", ("N",), "previous run", "", Place.MATCHES, in_palette=False),
    Action(
        "fold_matches",
        ("z",),
        "list only the runs, or their lines, too",
        "",
        Place.MATCHES,
        in_palette=False,
        hint=Hint("fold", 6),
    ),
    Action(
        "back",
        ("escape",),
        "back; in the table, clear the selection, then the filter",
        "",
        Place.EVERYWHERE,
        in_palette=False,
        hint=Hint("back", 1, (Place.LOG,)),
    ),
    Action("next_pane", ("tab",), "next pane", "", Place.EVERYWHERE, in_palette=False),
    Action(
        "help",
        ("question_mark",),
        "help: all keys",
        "",
        Place.EVERYWHERE,
        hint=Hint(
            "help",
            0,
            (
                Place.BROWSER,
                Place.LOG,
                Place.COMPARISON,
                Place.RESULTS,
                Place.CHARTS,
                Place.CHART,
                Place.GRID,
                Place.MATCHES,
            ),
        ),
    ),
    Action("command_palette", ("ctrl+p",), "command palette", "", Place.EVERYWHERE, in_palette=False),
    Action(
        "suspend_process",
        ("ctrl+z",),
        "suspend to the shell",
        "fg in the shell returns here.",
        Place.EVERYWHERE,
        in_palette=False,
    ),
    Action(
        "quit",
        ("q",),
        "close what is open; in the table, quit",
        "A letter only while you type.",
        Place.EVERYWHERE,
        hint=Hint("quit", 99, (Place.BROWSER,)),
    ),
    Action(
        "choose_next",
        ("down", "ctrl+j"),
        "next entry",
        "",
        Place.CHOOSER,
        in_palette=False,
    ),
    Action("choose_previous", ("up", "ctrl+k"), "previous entry", "", Place.CHOOSER, in_palette=False),
    Action(
        "choose",
        ("enter",),
        "choose the highlighted entry",
        "A digit chooses at once; letters search the list.",
        Place.CHOOSER,
        in_palette=False,
    ),
    Action("cancel", ("escape",), "cancel", "", Place.CHOOSER, in_palette=False),
    Action(
        "save_view",
        ("ctrl+s",),
        "save the current view under the typed name",
        "",
        Place.VIEWS,
        in_palette=False,
    ),
    Action("rename_view", ("ctrl+r",), "rename the view", "", Place.VIEWS, in_palette=False),
    Action("delete_view", ("ctrl+d",), "delete the view", "", Place.VIEWS, in_palette=False),
    Action("sort_then", ("S",), "add a key to the present order", "", Place.SORTING, in_palette=False),
    Action("toggle_column", ("space",), "show or hide the column", "", Place.COLUMNS, in_palette=False),
    Action(
        "column_earlier",
        ("K", "shift+up"),
        "move the column left",
        "Letters work while nothing is typed.",
        Place.COLUMNS,
        in_palette=False,
    ),
    Action(
        "column_later",
        ("J", "shift+down"),
        "move the column right",
        "",
        Place.COLUMNS,
        in_palette=False,
    ),
    Action("usual_columns", ("ctrl+r",), "restore the default columns", "", Place.COLUMNS, in_palette=False),
    Action("row_down", ("j", "down"), "next row", "", Place.ROWS, in_palette=False),
    Action("row_up", ("k", "up"), "previous row", "", Place.ROWS, in_palette=False),
    Action("rows_down", ("pagedown", "ctrl+f"), "page down", "", Place.ROWS, in_palette=False),
    Action("rows_up", ("pageup", "ctrl+b"), "page up", "", Place.ROWS, in_palette=False),
    Action("first_row", ("g", "home"), "first row", "", Place.ROWS, in_palette=False),
    Action("last_row", ("G", "end"), "last row", "", Place.ROWS, in_palette=False),
    Action("accept", ("enter",), "apply", "", Place.BOX, in_palette=False),
    Action("tick", ("space",), "include or exclude the row", "", Place.BOX, in_palette=False),
    Action("leave", ("escape",), "cancel", "", Place.BOX, in_palette=False),
    Action("close_dialog", ("q",), "close", "Not while you type in the dialog.", Place.BOX, in_palette=False),
    Action("save_note", ("ctrl+s",), "save", "", Place.NOTE, in_palette=False),
    Action(
        "leave_note", ("escape",), "cancel", "Asks if something was changed.", Place.NOTE, in_palette=False
    ),
    Action("complete", ("tab",), "complete the tag", "", Place.TAGGING, in_palette=False),
    Action(
        "launch",
        ("L",),
        "launch the child, here or as a job",
        "Press again to cycle: here, each scheduler, do not start.",
        Place.RESUMING,
        in_palette=False,
    ),
    Action(
        "change_parameter",
        ("p",),
        "set or add parameters, of all runs",
        "Type dt=0.01 viscosity=0.1, or dt*=0.5 to multiply.",
        Place.RESUMING,
        in_palette=False,
    ),
    Action("tag_group", ("t",), "tag the selected groups", "", Place.INBOX, in_palette=False),
    Action("mark_group", ("s",), "set the status of the selected groups", "", Place.INBOX, in_palette=False),
    Action("resume_group", ("r",), "resume the selected groups", "", Place.INBOX, in_palette=False),
    Action("rerun_group", ("R",), "rerun the selected groups", "", Place.INBOX, in_palette=False),
    Action("clean_group", ("d",), "move the selected groups to the trash", "", Place.INBOX, in_palette=False),
    Action(
        "settle",
        ("x",),
        "dismiss the selected groups",
        "{key:undo_here} undoes it, {key:show_dismissed} lists what was dismissed.",
        Place.INBOX,
        in_palette=False,
    ),
    Action("undo_here", ("u",), "undo the last change", "", Place.INBOX, in_palette=False),
    Action("order_groups", ("o",), "order by count or by age", "", Place.INBOX, in_palette=False),
    Action(
        "all_failures",
        ("a",),
        "show all open failures, or only those that match the filter",
        "",
        Place.INBOX,
        in_palette=False,
    ),
    Action(
        "show_dismissed", ("X",), "dismissed failures, to bring them back", "", Place.INBOX, in_palette=False
    ),
    Action("undo_here", ("u",), "undo the last change", "", Place.DISMISSED, in_palette=False),
    Action("tick_all", ("asterisk",), "select all or none", "", Place.TRASH, in_palette=False),
    Action("delete", ("X",), "delete for good", "Asks for confirmation.", Place.TRASH, in_palette=False),
    Action("accept_filter", ("enter",), "apply the filter", "", Place.FILTER, in_palette=False),
    Action("cancel_filter", ("escape",), "clear the filter", "", Place.FILTER, in_palette=False),
    Action("complete_filter", ("tab",), "next completion", "", Place.FILTER, in_palette=False),
    Action("complete_back", ("shift+tab",), "previous completion", "", Place.FILTER, in_palette=False),
    Action("earlier_filter", ("up",), "earlier filter", "", Place.FILTER, in_palette=False),
    Action(
        "later_filter", ("down",), "later filter, or back to the table", "", Place.FILTER, in_palette=False
    ),
    Action("submit_prompt", ("enter",), "apply", "", Place.PROMPT, in_palette=False),
    Action("cancel_prompt", ("escape",), "cancel", "", Place.PROMPT, in_palette=False),
    Action("find_in_help", ("slash",), "search in the help", "", Place.HELP, in_palette=False),
    Action("find_next_in_help", ("n",), "next match", "", Place.HELP, in_palette=False),
    Action("find_previous_in_help", ("N",), "previous match", "", Place.HELP, in_palette=False),
    Action("close_help", ("escape", "q", "question_mark"), "close", "", Place.HELP, in_palette=False),
    Action("quit_all", ("q", "ctrl+c"), "quit", "", Place.TOO_SMALL, in_palette=False),
)

_BY_NAME = {action.name: action for action in ACTIONS}


def actions_of(place: Place) -> Iterator[Action]:
    """Yield the actions available at a place, in the order in which they are shown."""
    return (action for action in ACTIONS if action.place is place)


def bindings_of(*places: Place) -> list[BindingType]:
    """Return the key bindings of the actions available at these places.

    They have priority, so that each key is handled before the next one is dispatched. Otherwise all keys of a
    packet that arrives over a slow line would go to the widget that had the focus before the first of them.
    """
    return [
        Binding(",".join(action.keys), action.name, action.title, show=False, priority=True, id=action.name)
        for place in places
        for action in actions_of(place)
    ]


def shown_keys(action: Action, keys: Keys = NO_KEYS) -> str:
    """Return an action's keys as shown to the user; `keys` are those that were remapped."""
    return " ".join(_shown_key(key) for key in keys.get(action.name, action.keys))


def key_of(name: str, keys: Keys = NO_KEYS) -> str:
    """Return the first key of the action `name` as shown to the user; `keys` are those that were remapped."""
    return _shown_key(keys.get(name, _BY_NAME[name].keys)[0])


def with_keys(text: str, keys: Keys = NO_KEYS) -> str:
    """Replace each ``{key:NAME}`` in a text by the first key of the action NAME.

    Raises:
        KeyError: There is no action of that name.
    """
    return _KEY_IN_TEXT.sub(lambda found: key_of(found[1], keys), text)


def keys_in(app: object) -> Keys:
    """Return the keys that the user of an app has remapped."""
    return app.keys if isinstance(app, KeyedApp) else NO_KEYS


def overruled(place: Place, by: Place, keys: Keys = NO_KEYS) -> frozenset[str]:
    """Return the names of a place's actions whose keys another place uses, too.

    Args:
        place: The place whose actions give way.
        by: The place whose actions take precedence.
        keys: The keys that were remapped.
    """
    taken = {key for action in actions_of(by) for key in keys.get(action.name, action.keys)}
    return frozenset(
        action.name
        for action in actions_of(place)
        if not taken.isdisjoint(keys.get(action.name, action.keys))
    )


def hints(keys: Keys = NO_KEYS, place: Place = Place.BROWSER, undoable: str = "") -> str:
    """Return the most useful keys in one line, separated by two spaces.

    Args:
        keys: The keys that were remapped.
        place: Where the user is.
        undoable: The operation that can be undone, which is shown first; ``""`` for none.
    """
    hinted = [
        (action.hint.rank, action.name, action.hint.text)
        for action in ACTIONS
        if action.hint is not None and place in (action.hint.places or (action.place,))
    ]
    words = {name: text for _rank, name, text in sorted(hinted)}
    if undoable and "undo" in words:
        words = {"undo": undoable} | words | {"undo": undoable}
    return "  ".join(f"{key_of(name, keys)} {word}" for name, word in words.items())


def _shown_key(key: str) -> str:
    if key in _SHOWN_KEYS:
        return _SHOWN_KEYS[key]
    return key.replace("ctrl+", "Ctrl+") if key.startswith("ctrl+") else key


def key_table() -> str:
    """Return the keys as a Markdown table, for the documentation."""
    rows = ["| key | does | where | name |", "| --- | --- | --- | --- |"]
    for place in Place:
        for action in actions_of(place):
            text = with_keys(f"{action.title}. {action.help}" if action.help else action.title)
            rows.append(f"| `{shown_keys(action)}` | {text} | {place.value} | `{action.name}` |")
    return "\n".join(rows) + "\n"
