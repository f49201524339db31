"""Groups articles into stories that last."""
