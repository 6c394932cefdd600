"""Complaints 投诉: what a customer is not content with, who looks after it, how it ended."""
