"""What passes between stages: landed files, the warehouse, artifacts and their registry. No domain rules."""
