"""Live models over HTTP: versions that are loaded and swapped, requests that are routed, answers that are logged."""
