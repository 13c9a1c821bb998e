"""Result → figures, a module for each analysis: what to draw is decided here, how in `charts`."""
