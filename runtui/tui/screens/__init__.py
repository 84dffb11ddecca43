"""The screens of the browser; each owns its bindings and what it waits for."""
