"""Stage 4: from out-of-fold predictions to figures with intervals, reports, and champions. Nothing is trained here."""
