"""Marks: how an opened value is drawn, with the disclosure that let it out written into it."""
