"""The CoAP endpoint: exchanges, blocks, separate responses, and the resources behind them."""
