"""The filter language: from the text of a query to a test of each run."""
