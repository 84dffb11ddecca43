"""Demo: small real simulations that fill a runs directory to try everything on.

The models know no run directories. The driver runs one model as a process that writes its run through
`RunManager`, as a user's simulation would. The supervisor runs the whole plan. The browser is not imported.
"""
