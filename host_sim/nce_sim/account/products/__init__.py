"""What can be ordered: SIMs by class and form, volume, lifetimes and credits."""
