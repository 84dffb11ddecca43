"""The browser on the terminal. The only room that knows Textual; nothing here opens a file of a run."""
