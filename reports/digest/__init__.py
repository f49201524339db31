"""The weekly digest: built, written, recorded, verified."""
