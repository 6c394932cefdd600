"""Editing a card: the form's slots, what was typed, what was saved, and two people at once."""
