"""The doors: 1NCE's Management API, the portal's API and the control of the world, over HTTP."""
