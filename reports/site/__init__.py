"""The static site: every issue, desk, theme, entity and story as pages of their own, with nothing but files behind them."""
