"""Are this week's counts different from before? Pure statistics and their ledger."""
