"""All runs in memory: reading, keeping up to date at little cost, filtering, sorting and grouping.

Independent of the screens. Decisions (the watch plan, a query, an order, whether a run looks dead) are pure
functions of plain data; `sync` has the threads, processes and file access.
"""
