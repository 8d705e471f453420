"""Which version answers whom: champion, canary, shadow; when a canary is taken back; answers computed once more."""
