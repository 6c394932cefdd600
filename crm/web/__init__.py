"""The web: how a request is guarded, settled and answered; knows nothing of customers."""
