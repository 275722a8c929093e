"""The pages, one module a kind of result; each is a list of sections made of blocks."""
