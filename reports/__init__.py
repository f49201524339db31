"""What analysts read: the trend statistics and the weekly digest, made from the warehouse only."""
