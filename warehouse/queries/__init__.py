"""What reports and commands ask of the warehouse. Decides nothing."""
