"""Where an article belongs: desks, topics, themes, genre."""
