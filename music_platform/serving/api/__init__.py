"""What the service takes and gives over HTTP, and what stands around every request. Nothing is computed here."""
