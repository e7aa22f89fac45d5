"""How the engine is run: found, compiled, instantiated, called, and kept to one writer."""
