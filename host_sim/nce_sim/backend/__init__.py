"""1NCE OS, simulated: authenticator, CoAP, CoAPS and UDP endpoints, Energy Saver, Inspector."""
