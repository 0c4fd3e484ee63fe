"""Batch: recordings that come in, diagnosed once each and kept; it is handed a diagnoser and never builds one."""
