"""Bench: what each page costs, beside the least that such a page could cost, in the same run."""
