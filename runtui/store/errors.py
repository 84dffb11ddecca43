"""What the store refuses, in words that say what to do next."""


class StoreError(Exception):
    """Something the store will not or cannot do; its text is one line for the user."""


class InvalidRunIdError(StoreError, ValueError):
    """A run id that is not a single, plain path component."""


class RunNotFoundError(StoreError, LookupError):
    """There is no run of that name in the runs directory."""


class RunExistsError(StoreError, FileExistsError):
    """A run of that name exists; creating it again would overwrite it."""


class OutsideRunError(StoreError, ValueError):
    """A path that would lead out of the run's directory."""


class LockTimeoutError(StoreError, TimeoutError):
    """Another program held a lock for longer than a lock is ever held in ordinary work."""
