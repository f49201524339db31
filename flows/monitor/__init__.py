"""How the installation stands: status, doctor, metrics."""
