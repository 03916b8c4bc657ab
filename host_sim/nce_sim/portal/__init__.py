"""The Customer Portal as web pages; it speaks HTTP to the API and to control, knows no service."""
