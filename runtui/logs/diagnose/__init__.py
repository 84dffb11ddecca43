"""Why a run failed, out of the ends of its logs."""
