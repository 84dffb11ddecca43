"""Boxes over a screen: lists to choose from, and things to confirm."""
