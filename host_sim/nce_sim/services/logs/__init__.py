"""The administration logs: what went wrong or happened for the first time, for a week."""
