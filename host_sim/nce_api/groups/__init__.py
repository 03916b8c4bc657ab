"""The methods of the client, one class for each group; each is written once for both clients."""
