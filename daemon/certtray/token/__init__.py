"""Cards and tokens: readers over PC/SC, tokens over PKCS#11 in a worker process. Nothing here retries or replays a PIN."""
