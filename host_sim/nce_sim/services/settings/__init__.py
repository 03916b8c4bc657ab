"""The customer's settings of 1NCE OS with their credits, and the agreements."""
