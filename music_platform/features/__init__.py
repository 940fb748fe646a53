"""Stage 2: from typed rows to cleaned, deduplicated, validated tables, by text rules and Ibis expressions."""
