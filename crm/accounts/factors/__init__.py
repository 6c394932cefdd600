"""Factors: what a person proves beside the password – codes, passkeys, recovery codes, devices."""
