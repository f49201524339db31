"""The bundled sample: invented outlets, 13 weeks of their feeds, and a loopback server that serves them."""
