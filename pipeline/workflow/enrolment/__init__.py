"""Enrolment: recordings on their way into a trained model, and what becomes of its answers."""
