"""What users do to runs, in bulk, with progress, cancel and undo."""
