"""Composition root: settings, the clock, the command line and the Prefect flows.

May import every other package.
"""
