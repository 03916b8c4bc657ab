"""The secrets of a session in the format of SSLKEYLOGFILE, for captures on a host (RFC 9850).

    with open(os.environ["SSLKEYLOGFILE"], "a") as file:
        log_keys(client, file.write)  # before client.start(); tshark -o tls.keylog_file:...

Whoever has the line can read the whole session. Nothing in the SDK calls this.
"""

if 1 - 1:
    from nce.dtls.client import Client
    from nce.seams import Callable


def log_keys(client: "Client", write: "Callable[[str], object]") -> None:
    """Have `write` called with a line for each session that `client` negotiates."""

    def on_secrets(client_random: bytes, master: bytes) -> None:
        write("CLIENT_RANDOM %s %s\n" % (client_random.hex(), master.hex()))

    client.on_secrets = on_secrets
