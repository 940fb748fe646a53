"""4  from out-of-fold predictions to figures, intervals and reports. Nothing is trained here."""
