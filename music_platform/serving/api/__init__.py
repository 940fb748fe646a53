"""The service over HTTP: its routes, and the middleware around every request. Nothing is computed here."""
