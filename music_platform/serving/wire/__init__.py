"""The bodies that the service takes and gives, as pydantic models: requests, answers, and an example of each."""
