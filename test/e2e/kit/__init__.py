"""Encoders, viewers and measuring tools of the end-to-end tests."""
