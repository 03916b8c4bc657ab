"""`python -m nce_cli`: the `nce` command where no script of that name is on the path."""

from nce_cli import main

if __name__ == "__main__":
    main()
