"""A trial of somebody's endpoint: an emulated device in an emulated car posts to it, and what becomes of that is told in words."""
