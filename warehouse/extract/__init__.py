"""What an article names: entities, instruments, dates."""
