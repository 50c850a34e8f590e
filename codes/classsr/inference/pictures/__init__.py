"""Whole folders of pictures: what is read, where results go, what became of each."""
