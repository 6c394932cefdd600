"""Accounts: people, their posts, how they sign in and how their sessions end."""
