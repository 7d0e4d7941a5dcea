"""What runs inside a kernel: the paced output stream and the start-up extension."""
