"""1NCE's older onboarding: certificates for the customer's own AWS IoT Core, over HTTP."""
