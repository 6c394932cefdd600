"""Leaving 离职交接: notice, the handover period, its checklist, the signature, the closed door."""
