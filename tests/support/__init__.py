"""What tests share: benches, doubles, peers and the programs of others; tests import it by name.

from support.peers import free_port, program
"""
