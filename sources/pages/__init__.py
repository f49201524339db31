"""The pages of articles: which may be asked for, fetching and reading them."""
