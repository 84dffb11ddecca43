"""The run-directory format on disk: reading it as it is found, writing it so that nothing is lost.

Knows no user interface. Everything read from disk is untrusted: text is made safe to show at this door
(`runtui.text.sanitize`), and what cannot be read becomes a described problem, not an exception in the face of
a user who only looks.
"""
