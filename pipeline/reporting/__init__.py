"""Reporting: verdicts and evaluations to pages and figures."""
