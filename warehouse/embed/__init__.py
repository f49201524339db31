"""Turns texts into vectors and stores them."""
