"""The static site: a page per issue, desk, theme, entity and story, served as plain files."""
