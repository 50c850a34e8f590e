"""Images as arrays, and the files that hold them."""
