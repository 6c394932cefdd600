"""Crypto: what seals a value and what opens it. Only disclosure opens for people."""
