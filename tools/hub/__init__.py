"""The Developer Hub: one site of the pages of this project, and of a reference made from its code.

    python -m hub build build/site      # from the root of a clone, with tools/ on the path
    python -m hub serve build/site

The site needs no network: it may be read from a folder. Sphinx draws it, MyST reads the Markdown,
Furo is its look; all three come with the extra `docs`. `navigation` is the table of contents,
`stage` lays the pages out for Sphinx, and `reference` makes those that are not written by hand.
"""
