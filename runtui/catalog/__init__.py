"""All runs in memory: reading them, keeping them fresh at little cost, filtering and sorting.

Knows the store below it and no screen above it. What decides (the watch plan, a query, an order, whether a
run looks dead) is a pure function of plain data; the one thing with threads is `sync`.
"""
