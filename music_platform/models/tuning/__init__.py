"""Studies that search for hyperparameters: what a trial is for each candidate, and how its best result is kept."""
