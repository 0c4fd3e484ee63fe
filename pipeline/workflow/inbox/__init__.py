"""Inbox: what a batch is told of an inbox's files, and what it asks about each."""
