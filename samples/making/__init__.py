"""Makes the sample PDFs out of samples/sources; see samples/make.py."""
