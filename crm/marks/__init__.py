"""Marks: how an opened value is drawn, and how the disclosure that let it out is written into it."""
