"""Where a saved model answers: the one place that training, evaluation, batch scoring and the service use alike.

A scorer loads an artifact and answers on a CPU with NumPy, scikit-learn, tokenizers and OpenVINO. Put the code that
reads a new kind of artifact here. Nothing is trained here, and neither torch nor Dagster nor BentoML is imported.
"""
