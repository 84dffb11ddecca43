"""The parts of the browser's screen, each with one subject and its own state.

A controller gets what it needs through its constructor: widgets, the narrow interfaces of `host`, and
controllers above it in this table. It does not know the screen. The screen owns the widgets, creates the
controllers, routes messages to them, and delegates its actions.

| module | subject | state of its own |
| --- | --- | --- |
| `host` | interfaces to the screen: dialogs, timers, background work | none |
| `notifier` | notices, each kind with its time on screen | none |
| `targets` | the runs that an action applies to | none: the table's selection, the catalog |
| `navigator` | the cursor on a run, its parent, its newest child | the run to go to once it has a row |
| `settings` | this session's settings and their file | the settings |
| `columns` | the columns on screen | the view's columns; whether there is a job |
| `frame` | the summary at the top, the status line, the text in place of rows | none |
| `rows` | the rows, arranged in short time slices, and the keys they need | timers |
| `preview` | the details and the log of the run under the cursor | its name, timers, keys seen |
| `filter` | the filter line | the widget, once it is mounted |
| `layout` | which panes are shown, and their share of the screen | none: the settings |
| `panes` | focus, and which pane is enlarged | none: classes of the screen |
| `arrangement` | sorting and grouping | keys that can be chosen |
| `metric_columns` | columns of metrics | the cells read so far |
| `warning_marks` | marks of completed runs with a warning | the runs that were asked for |
| `column_chooser` | the choice of columns | none |
| `views` | saved views | none |
| `operation_progress` | running operations: progress, results and undo | the undo that awaits confirmation |
| `run_actions` | the operations on runs, with their dialogs | none |
| `triage` | open failures: inbox, next and previous | the user's triage memory |
| `end_alerts` | alerts outside the browser about runs that have ended | the runs not told of yet |
| `run_watches` | runs whose end the user is notified of | names of watched and of live runs |
| `results` | comparison, charts, result files | none |
| `run_directory` | copying a run's path, a shell in its directory | none |
| `row_finder` | the search for a row on the table screen | the pattern, the current search |
"""
