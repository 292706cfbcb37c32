"""half_open.py PORT SECONDS [HOW_MANY] - connects and says nothing, until the other side ends the connection or the time is over.

Prints the first connection's own address and how many seconds it lasted.
"""

import select
import socket
import sys
import time


def main():
    port, limit = int(sys.argv[1]), float(sys.argv[2])
    how_many = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    began = time.monotonic()
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(how_many)]
    own = "%s:%d" % sockets[0].getsockname()
    select.select(sockets[:1], [], [], limit)
    print(own, round(time.monotonic() - began, 1))


main()
