"""The feed catalog, fetching, and reading bytes into articles. Imports no other package of the project."""
