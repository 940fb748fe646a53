"""3  from features to artifacts. Fitting and scoring; no reports, no HTTP."""
