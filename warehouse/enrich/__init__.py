"""Everything computed from stored articles: vectors, stories, desks."""
