"""Operations on runs, in bulk, with progress, cancel and undo."""
