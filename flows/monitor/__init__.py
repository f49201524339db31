"""What watches the installation: status, doctor, metrics."""
