"""Energy Saver templates weighed against rivals; `nce_sim.templates` proposes them."""
