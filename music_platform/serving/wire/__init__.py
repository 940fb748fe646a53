"""The bodies of the service's requests and answers, as pydantic models, and an example of each request.

The lowest room of `serving`: it knows the declarations of the tasks, and no model.
"""
