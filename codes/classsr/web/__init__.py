"""A page on which pictures are dropped, seen enlarged beside themselves, and given a budget."""
