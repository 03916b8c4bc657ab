"""The services of 1NCE OS, a folder each: tables, rules, and later their API.

A service knows no endpoint, no network and no HTTP; the clock is handed in.
"""
