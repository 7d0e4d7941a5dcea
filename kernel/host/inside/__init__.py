"""What runs inside a kernel: the paced stream, requests on the control channel, start-up."""
