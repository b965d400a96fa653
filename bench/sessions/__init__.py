"""Whole sessions, measured against the real servers; see bench/README.md."""
