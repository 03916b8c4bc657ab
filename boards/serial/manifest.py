# Nothing to freeze: this board is CPython's.
