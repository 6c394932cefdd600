"""Audit: the access log. What is shown is written here first; nothing here is ever changed."""
