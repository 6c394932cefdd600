"""Notices in the product: a small inbox for each person. Sentences are made when it is read."""

from __future__ import annotations

from crm.notices.inbox import Kind, Notice, tell, tell_more

__all__ = ["Kind", "Notice", "tell", "tell_more"]
