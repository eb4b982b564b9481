"""Runs inside the Rasa process (Python 3.10): the input channel and the NLU components."""
