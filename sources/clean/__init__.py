"""Cleans what feeds say: text, addresses, publishers. Pure."""
