"""Theory: how much data, and so how much computing, a flexible model needs."""
