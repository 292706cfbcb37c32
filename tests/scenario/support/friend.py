"""friend.py PORT IDENTITY BUNDLE - a friend whose one keep-alive connection stays open.

Each line on standard input is a path; it is asked for on the one connection, and answered with a line
"STATUS same|new MILLISECONDS ms". "new" would mean that the connection did not last.
"""

import http.client
import ssl
import sys
import time


def main():
    port, identity, bundle = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    context = ssl.create_default_context(cafile=bundle)
    context.load_cert_chain(identity + "/chain.pem", identity + "/key.pem")
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=9)
    connection.connect()
    first = connection.sock
    for line in sys.stdin:
        began = time.monotonic()
        try:
            connection.request("GET", line.strip())
            response = connection.getresponse()
            response.read()
            status = response.status
        except (OSError, http.client.HTTPException) as error:
            status = f"000 ({error})"
        same = "same" if connection.sock is first else "new"
        print(f"{status} {same} {int((time.monotonic() - began) * 1000)} ms", flush=True)


main()
