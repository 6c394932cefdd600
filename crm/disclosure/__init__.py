"""Disclosure: the one door through which a sealed value reaches a person."""
