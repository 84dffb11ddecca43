"""The one table of what a user can do: keys, help, palette and documentation are made from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from textual.binding import Binding, BindingType


class Place(Enum):
    """Where an action is to be had; the value is the heading in the help."""

    TABLE = "Table of runs"
    BROWSER = "Runs"
    LINES = "Detail pane and log"
    LOG = "Log"
    RESULTS = "Comparison, charts, tables, pictures"
    COMPARISON = "Comparison"
    CHART = "Chart"
    GRID = "Table of results"
    EVERYWHERE = "Everywhere"
    CHOOSER = "Lists to choose from"
    VIEWS = "List of views"
    COLUMNS = "List of columns"
    ROWS = "Rows in a box"
    BOX = "Boxes"
    TAGGING = "Box of tags"
    RESUMING = "Box of a resume"
    TRASH = "Trash"
    INBOX = "Inbox"


class Action(NamedTuple):
    """Something a user can do.

    Attributes:
        name: The name of the method that does it, without ``action_``; also its name in the settings.
        keys: The keys that do it, as the terminal library names them.
        title: What it does, in a few words.
        help: What more there is to say, in a sentence; ``""`` for nothing.
        place: Where it is to be had.
        in_palette: Whether the command palette offers it.
    """

    name: str
    keys: tuple[str, ...]
    title: str
    help: str
    place: Place
    in_palette: bool = True


Keys = Mapping[str, tuple[str, ...]]
"""For actions that the user gave other keys, those, as the terminal library names them."""

NO_KEYS: Keys = {}

_HINTS = {
    "help": "help",
    "filter": "filter",
    "show_log": "log",
    "next_failed": "next failed",
    "show_error": "why",
    "inbox": "inbox",
    "tag": "tag",
    "mark": "mark",
    "resume": "resume",
    "clean": "trash",
    "undo": "undo",
    "views": "views",
    "quit": "quit",
}

_LOG_HINTS = {
    "help": "help",
    "back": "back",
    "search": "search",
    "next_error": "next error",
    "filter_lines": "filter",
    "follow": "follow",
    "next_log": "next log",
    "merge_logs": "all logs",
    "go_to": "go to",
    "wrap": "wrap",
}

_COMPARISON_HINTS = {
    "help": "help",
    "leave": "back",
    "all_rows": "all rows",
    "next_reference": "reference",
    "change": "differences",
    "export": "save",
}

_RESULTS_HINTS = {"help": "help", "leave": "back", "read_again": "read again"}

_CHART_HINTS = {
    "help": "help",
    "leave": "back",
    "choose_metric": "metric",
    "next_metric": "next metric",
    "x_axis": "step, time, row",
    "log_scale": "log scale",
    "smoother": "smoother",
    "rougher": "less",
}

_GRID_HINTS = {
    "help": "help",
    "leave": "back",
    "find": "find",
    "find_next": "next",
    "find_previous": "previous",
    "go_to_row": "go to row",
    "draw": "plot",
}

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
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}

ACTIONS: tuple[Action, ...] = (
    Action("cursor_down", ("j", "down"), "next run", "", Place.TABLE, in_palette=False),
    Action("cursor_up", ("k", "up"), "previous run", "", Place.TABLE, in_palette=False),
    Action("page_down", ("pagedown", "ctrl+f"), "a page down", "", Place.TABLE, in_palette=False),
    Action("page_up", ("pageup", "ctrl+b"), "a page up", "", Place.TABLE, in_palette=False),
    Action("cursor_first", ("g", "home"), "first run", "", Place.TABLE, in_palette=False),
    Action("cursor_last", ("G", "end"), "last run", "", Place.TABLE, in_palette=False),
    Action(
        "select_run",
        ("space",),
        "select the run, or no longer",
        "On a heading all runs of the group.",
        Place.TABLE,
        in_palette=False,
    ),
    Action(
        "select_range",
        ("V",),
        "select a range",
        "Moving extends it, V ends it.",
        Place.TABLE,
        in_palette=False,
    ),
    Action(
        "select_all",
        ("asterisk",),
        "select all runs that match",
        "Again: none.",
        Place.TABLE,
        in_palette=False,
    ),
    Action(
        "next_failed",
        ("n",),
        "next failed run not dealt with",
        "Dealt with are those that were resumed, and those that you tagged, marked or put aside.",
        Place.BROWSER,
    ),
    Action("previous_failed", ("N",), "previous failed run not dealt with", "", Place.BROWSER),
    Action(
        "inbox",
        ("i",),
        "inbox: failures not dealt with, by reason",
        "Says which are new since you last looked; tags, marks, resumes and puts aside whole groups.",
        Place.BROWSER,
    ),
    Action(
        "filter",
        ("slash",),
        "filter the runs",
        "Words are and-ed, -word negates; status:failed,running tag:prod user:me age<2d beta>=0.3 narrow it "
        "down. Tab completes, ↑ ↓ bring back earlier filters.",
        Place.BROWSER,
    ),
    Action("sort_next", ("o",), "sort by the next column", "", Place.BROWSER),
    Action("sort_reverse", ("O",), "reverse the order", "", Place.BROWSER),
    Action(
        "sort_by",
        ("S",),
        "sort by any key",
        "A column, or any key of the metadata or the parameters, also one that is no column.",
        Place.BROWSER,
    ),
    Action(
        "group_by",
        ("b",),
        "group the runs by a key",
        "By the key that they are grouped by already, they are no longer.",
        Place.BROWSER,
    ),
    Action(
        "fold_all",
        ("z",),
        "fold all groups, or unfold them",
        "Enter on a heading folds one.",
        Place.BROWSER,
    ),
    Action(
        "columns",
        ("C",),
        "choose the columns",
        "Any key of the metadata or the parameters can be one.",
        Place.BROWSER,
    ),
    Action(
        "show_details",
        ("enter",),
        "into the detail pane",
        "There, of a failed run, to the line in its log that says why. Esc leads back.",
        Place.BROWSER,
    ),
    Action("show_log", ("l",), "the log, full height", "Esc leads back.", Place.BROWSER),
    Action(
        "show_error",
        ("e",),
        "why it failed: that line in its log",
        "In the log, on to the next error.",
        Place.BROWSER,
    ),
    Action(
        "views",
        ("v",),
        "saved views",
        "A filter, an order, columns and a grouping by a name; the list also saves what is shown as a view.",
        Place.BROWSER,
    ),
    Action(
        "compare",
        ("c",),
        "compare the selected runs",
        "A run that is alone is compared with its parent.",
        Place.BROWSER,
    ),
    Action(
        "plot",
        ("p",),
        "plot a metric of the selected runs",
        "The numeric columns of the tables in results/, as they grow.",
        Place.BROWSER,
    ),
    Action(
        "files",
        ("f",),
        "the run's results: tables, pictures, text",
        "A table is scrolled whatever its size; p draws it.",
        Place.BROWSER,
    ),
    Action(
        "tag",
        ("t",),
        "tag: add and remove tags",
        "prod -old adds the one and removes the other. Like what follows, for the selected runs or the one "
        "under the cursor.",
        Place.BROWSER,
    ),
    Action("mark", ("s",), "set the status, and say why", "", Place.BROWSER),
    Action("mark_lost", ("L",), "mark lost runs failed", "At once, and u takes it back.", Place.BROWSER),
    Action(
        "resume",
        ("r",),
        "resume into a child run",
        "Choose the checkpoint, change parameters, launch it. Several go on each from its newest checkpoint.",
        Place.BROWSER,
    ),
    Action(
        "cancel_run",
        ("x",),
        "end runs that are at work",
        "Tells their processes to end, or cancels their jobs; asks first.",
        Place.BROWSER,
    ),
    Action(
        "clean",
        ("d",),
        "move runs to the trash",
        "Shows first what is taken, what stays and why.",
        Place.BROWSER,
    ),
    Action(
        "clean_by_rule",
        ("D",),
        "clean up by rule",
        "keep 20 status:failed age>30d takes old failed runs but for the 20 newest.",
        Place.BROWSER,
    ),
    Action("trash", ("T",), "the trash: bring back, or delete for good", "", Place.BROWSER),
    Action(
        "undo",
        ("u",),
        "undo the last change",
        "Of tags, a status, a cleanup, a resume; again: the one before.",
        Place.BROWSER,
    ),
    Action("stop_operation", ("ctrl+c",), "stop what is being done to many runs", "", Place.BROWSER),
    Action("copy", ("y",), "copy the id, the path or a cd command", "", Place.BROWSER),
    Action("shell", ("exclamation_mark",), "a shell in the run's directory", "", Place.BROWSER),
    Action("go_to_parent", ("less_than_sign",), "to the parent", "", Place.BROWSER),
    Action("go_to_child", ("greater_than_sign",), "to the child, of several the newest", "", Place.BROWSER),
    Action(
        "watch",
        ("w",),
        "tell when it ends, or no longer",
        "By a notice, and the bell where the settings say so.",
        Place.BROWSER,
    ),
    Action("refresh", ("R",), "look at everything again", "", Place.BROWSER),
    Action("scroll_down", ("j", "down"), "a line down", "", Place.LINES, in_palette=False),
    Action("scroll_up", ("k", "up"), "a line up", "", Place.LINES, in_palette=False),
    Action("page_down", ("pagedown", "space", "ctrl+f"), "a page down", "", Place.LINES, in_palette=False),
    Action("page_up", ("pageup", "ctrl+b"), "a page up", "", Place.LINES, in_palette=False),
    Action("scroll_home", ("g", "home"), "to the beginning", "", Place.LINES, in_palette=False),
    Action("scroll_end", ("G", "end"), "to the end", "", Place.LINES, in_palette=False),
    Action("scroll_left", ("left", "h"), "sideways", "", Place.LINES, in_palette=False),
    Action("scroll_right", ("right",), "sideways", "", Place.LINES, in_palette=False),
    Action("follow", ("F",), "follow the log", "Scrolling up stops it, the end takes it up.", Place.LOG),
    Action(
        "search",
        ("slash",),
        "search",
        "Words or a regular expression; capitals make case count. From a followed end it goes upwards.",
        Place.LOG,
    ),
    Action("next_match", ("n",), "next match", "", Place.LOG),
    Action("previous_match", ("N",), "previous match", "", Place.LOG),
    Action("next_error", ("e",), "next error", "", Place.LOG),
    Action("previous_error", ("E",), "previous error", "", Place.LOG),
    Action("filter_lines", ("ampersand",), "only lines that match", "Nothing shows all again.", Place.LOG),
    Action("more_context", ("plus",), "more lines around each that matches", "", Place.LOG),
    Action("less_context", ("minus",), "fewer lines around each that matches", "", Place.LOG),
    Action("go_to", ("colon",), "go to a line, a percentage, a time", "", Place.LOG),
    Action("next_log", ("right_square_bracket",), "the run's next log", "", Place.LOG),
    Action("previous_log", ("left_square_bracket",), "the run's previous log", "", Place.LOG),
    Action("merge_logs", ("m",), "all logs of the run as one, by time", "Again: one log.", Place.LOG),
    Action("logs", ("L",), "choose from all text files of the run", "", Place.LOG),
    Action("wrap", ("w",), "wrap long lines, or scroll sideways", "", Place.LOG),
    Action("select", ("V",), "select lines", "j k extend the selection, V ends it.", Place.LOG),
    Action("copy_lines", ("y",), "copy the selected lines, or the one at hand", "", Place.LOG),
    Action("save_lines", ("W",), "save the selected lines to a file, or the whole log", "", Place.LOG),
    Action("pager", ("o",), "open the log in $PAGER, at this place", "", Place.LOG),
    Action("editor", ("O",), "open the log in $EDITOR, at this place", "", Place.LOG),
    Action("leave", ("escape", "q"), "back to the runs", "", Place.RESULTS, in_palette=False),
    Action("read_again", ("R",), "read it again", "", Place.RESULTS, in_palette=False),
    Action("all_rows", ("a",), "all rows, or only those that differ", "", Place.COMPARISON, in_palette=False),
    Action(
        "next_reference",
        ("r",),
        "compare with the next of the runs",
        "The one that others are compared with comes first.",
        Place.COMPARISON,
        in_palette=False,
    ),
    Action(
        "change",
        ("d",),
        "show numbers as they are, as differences, or as ratios",
        "",
        Place.COMPARISON,
        in_palette=False,
    ),
    Action(
        "export",
        ("w",),
        "save to a file: CSV, JSON or Markdown",
        "Its ending says which: .csv, .json or .md.",
        Place.COMPARISON,
        in_palette=False,
    ),
    Action("choose_metric", ("m", "enter"), "choose the metric", "", Place.CHART, in_palette=False),
    Action("next_metric", ("right_square_bracket",), "the next metric", "", Place.CHART, in_palette=False),
    Action(
        "previous_metric", ("left_square_bracket",), "the previous metric", "", Place.CHART, in_palette=False
    ),
    Action("x_axis", ("x",), "above steps, times, or rows", "", Place.CHART, in_palette=False),
    Action("log_scale", ("l",), "logarithmic scale, or linear again", "", Place.CHART, in_palette=False),
    Action("smoother", ("plus",), "smooth the curves, or more so", "", Place.CHART, in_palette=False),
    Action("rougher", ("minus",), "smooth the curves less", "", Place.CHART, in_palette=False),
    Action(
        "find", ("slash",), "find rows with words or a regular expression", "", Place.GRID, in_palette=False
    ),
    Action("find_next", ("n",), "next row that matches", "", Place.GRID, in_palette=False),
    Action("find_previous", ("N",), "previous row that matches", "", Place.GRID, in_palette=False),
    Action("go_to_row", ("colon",), "go to a row, or a percentage", "", Place.GRID, in_palette=False),
    Action("draw", ("p",), "plot its columns", "", Place.GRID, in_palette=False),
    Action(
        "back",
        ("escape",),
        "back; from the table, clear the selection, then the filter",
        "",
        Place.EVERYWHERE,
        in_palette=False,
    ),
    Action("next_pane", ("tab",), "to the next pane", "", Place.EVERYWHERE, in_palette=False),
    Action("help", ("question_mark",), "all keys", "", Place.EVERYWHERE),
    Action("command_palette", ("ctrl+p",), "command palette", "", Place.EVERYWHERE, in_palette=False),
    Action(
        "suspend_process",
        ("ctrl+z",),
        "leave the terminal to the shell",
        "Its fg comes back.",
        Place.EVERYWHERE,
        in_palette=False,
    ),
    Action("quit", ("q",), "quit", "", Place.EVERYWHERE),
    Action("choose_next", ("down",), "down the list", "", Place.CHOOSER, in_palette=False),
    Action("choose_previous", ("up",), "up the list", "", Place.CHOOSER, in_palette=False),
    Action(
        "choose",
        ("enter",),
        "take what is marked",
        "A digit takes one at once, letters narrow the list down.",
        Place.CHOOSER,
        in_palette=False,
    ),
    Action("cancel", ("escape",), "leave the list", "", Place.CHOOSER, in_palette=False),
    Action(
        "save_view",
        ("ctrl+s",),
        "save what is shown by the name that was typed",
        "",
        Place.VIEWS,
        in_palette=False,
    ),
    Action("rename_view", ("ctrl+r",), "give a saved view another name", "", Place.VIEWS, in_palette=False),
    Action("delete_view", ("ctrl+d",), "delete a saved view", "", Place.VIEWS, in_palette=False),
    Action("toggle_column", ("space",), "show the column, or no longer", "", Place.COLUMNS, in_palette=False),
    Action(
        "column_earlier",
        ("K", "shift+up"),
        "move the column to the left",
        "Letters do so while nothing is typed.",
        Place.COLUMNS,
        in_palette=False,
    ),
    Action(
        "column_later",
        ("J", "shift+down"),
        "move the column to the right",
        "",
        Place.COLUMNS,
        in_palette=False,
    ),
    Action("usual_columns", ("ctrl+u",), "back to the usual columns", "", Place.COLUMNS, in_palette=False),
    Action("row_down", ("j", "down"), "next row", "", Place.ROWS, in_palette=False),
    Action("row_up", ("k", "up"), "previous row", "", Place.ROWS, in_palette=False),
    Action("rows_down", ("pagedown", "ctrl+f"), "a page down", "", Place.ROWS, in_palette=False),
    Action("rows_up", ("pageup", "ctrl+b"), "a page up", "", Place.ROWS, in_palette=False),
    Action("first_row", ("g", "home"), "first row", "", Place.ROWS, in_palette=False),
    Action("last_row", ("G", "end"), "last row", "", Place.ROWS, in_palette=False),
    Action("accept", ("enter",), "do what the box says", "", Place.BOX, in_palette=False),
    Action("tick", ("space",), "take the row in, or leave it out", "", Place.BOX, in_palette=False),
    Action("leave", ("escape",), "leave, and do nothing", "", Place.BOX, in_palette=False),
    Action("complete", ("tab",), "complete the tag", "", Place.TAGGING, in_palette=False),
    Action(
        "launch",
        ("L",),
        "launch what is created, here or as a job",
        "Again: in the next place, and in the end it waits.",
        Place.RESUMING,
        in_palette=False,
    ),
    Action("tag_group", ("t",), "tag the group", "", Place.INBOX, in_palette=False),
    Action("mark_group", ("s",), "set the group's status", "", Place.INBOX, in_palette=False),
    Action("resume_group", ("r",), "resume the group", "", Place.INBOX, in_palette=False),
    Action("clean_group", ("d",), "move the group to the trash", "", Place.INBOX, in_palette=False),
    Action("settle", ("x",), "take the group as dealt with", "", Place.INBOX, in_palette=False),
    Action("tick_all", ("asterisk",), "select all, or none", "", Place.TRASH, in_palette=False),
    Action("delete", ("X",), "delete for good", "Asks once more.", Place.TRASH, in_palette=False),
)


_HINTS_OF = {
    Place.LOG: _LOG_HINTS,
    Place.RESULTS: _RESULTS_HINTS,
    Place.COMPARISON: _COMPARISON_HINTS,
    Place.CHART: _CHART_HINTS,
    Place.GRID: _GRID_HINTS,
}


def actions_of(place: Place) -> Iterator[Action]:
    """Yield the actions to be had at a place, in the order in which they are shown."""
    return (action for action in ACTIONS if action.place is place)


def bindings_of(*places: Place) -> list[BindingType]:
    """Return the key bindings of the actions to be had at these places.

    They have priority, which means that a key is acted on before the next one is looked at. Otherwise keys
    that come in one packet over a slow line would all go where the focus was when the first one came.
    """
    return [
        Binding(",".join(action.keys), action.name, action.title, show=False, priority=True, id=action.name)
        for place in places
        for action in actions_of(place)
    ]


def shown_keys(action: Action, keys: Keys = NO_KEYS) -> str:
    """Return an action's keys as a user reads them; `keys` are those that were set."""
    return " ".join(_shown_key(key) for key in keys.get(action.name, action.keys))


def overruled(place: Place, by: Place, keys: Keys = NO_KEYS) -> frozenset[str]:
    """Return the names of a place's actions that share a key with another place's.

    Args:
        place: The place whose actions give way.
        by: The place whose actions come first.
        keys: The keys that were set.
    """
    taken = {key for action in actions_of(by) for key in keys.get(action.name, action.keys)}
    return frozenset(
        action.name
        for action in actions_of(place)
        if not taken.isdisjoint(keys.get(action.name, action.keys))
    )


def hints(keys: Keys = NO_KEYS, place: Place = Place.BROWSER, undoable: str = "") -> str:
    """Return the keys most needed, in one line, parted by two spaces.

    Args:
        keys: The keys that were set.
        place: Where the user is: in the log, or anywhere else.
        undoable: What there is to take back, which is then told first; ``""`` for nothing.
    """
    words = _HINTS_OF.get(place, _HINTS)
    if undoable and "undo" in words:
        words = {"undo": undoable, **{name: word for name, word in words.items() if name != "undo"}}
    by_name = {action.name: action for action in ACTIONS}
    return "  ".join(
        f"{_shown_key(keys.get(name, by_name[name].keys)[0])} {word}" for name, word in words.items()
    )


def _shown_key(key: str) -> str:
    if key in _SHOWN_KEYS:
        return _SHOWN_KEYS[key]
    return key.replace("ctrl+", "Ctrl+") if key.startswith("ctrl+") else key


def key_table() -> str:
    """Return the keys as a table in Markdown, for the documentation."""
    rows = ["| key | does | where | name |", "| --- | --- | --- | --- |"]
    for place in Place:
        for action in actions_of(place):
            text = f"{action.title}. {action.help}" if action.help else action.title
            rows.append(f"| `{shown_keys(action)}` | {text} | {place.value} | `{action.name}` |")
    return "\n".join(rows) + "\n"
