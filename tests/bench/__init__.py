"""Benchmarks: run by hand, printed as ratios against a floor measured in the same run; never asserted."""
