"""Nordic nRF91: one modem core under three dialects of socket commands.

old_sockets     SLM of nRF Connect SDK up to 1.4: one socket, data in front of its length
select_sockets  SLM of 2.x: commands act on the selected socket
handle_sockets  Serial Modem: every command names its socket
"""
