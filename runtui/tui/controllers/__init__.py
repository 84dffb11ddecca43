"""The parts that the browser's screen is composed of, each with one subject and its own state.

A controller gets what it needs by its constructor: widgets, the narrow interfaces of `host`, and controllers
above it in this table. It knows no screen. The screen owns the widgets and makes the controllers, routes
messages to them, and delegates its actions.

| module | subject | state of its own |
| --- | --- | --- |
| `host` | interfaces to the screen: dialogs, timers, background work | none |
| `notifier` | notices, by how long they stay | none |
| `targets` | the runs that an action applies to | none: the table's selection, the catalog |
| `navigator` | the cursor on a run, its parent, its newest child | the run awaited until it has a row |
| `settings` | settings of this session and their file | the settings |
| `columns` | the columns that are shown | those of the view; whether there is a job |
| `frame` | the summary above, the state below, why there are no rows | none |
| `rows` | the rows, arranged a moment at a time, and the keys they need | timers |
| `preview` | the details and the log of the run under the cursor | its name, timers, keys seen |
| `filter` | the filter line | the line, once it is mounted |
| `panes` | focus, and which pane is enlarged | none: classes of the screen |
| `arrangement` | sorting and grouping | keys that can be chosen |
| `metric_columns` | columns of metrics | the cells read |
| `column_chooser` | the choice of columns | none |
| `views` | saved views | none |
| `operations` | doing, progress, results and undo | the undo that waits to be confirmed |
| `run_actions` | the operations a user asks for, with their dialogs | none |
| `triage` | open failures: inbox, next and previous | the user's triage memory |
| `run_watches` | runs whose end the user is notified of | names of watched runs |
| `results` | comparison, charts, files of results | none |
| `run_directory` | a run's path copied, a shell in it | none |
| `row_finder` | the search for a row, of the screen of tables | the pattern, the search under way |
"""
