"""Reading logs: following the end of a file as it grows, and making its text safe for a screen.

Knows the store's notion of safe text and nothing of screens or of catalogs; starts no threads.
"""
