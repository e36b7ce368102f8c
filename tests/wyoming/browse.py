"""Prints what is announced as Wyoming on loopback at this port, and its addresses."""

import sys
import threading

from zeroconf import ServiceBrowser, Zeroconf

wanted, done = int(sys.argv[1]), threading.Event()


class Listener:
    def add_service(self, zeroconf, kind, name):
        info = zeroconf.get_service_info(kind, name, timeout=3000)
        if info and info.port == wanted:
            print(name, ",".join(info.parsed_addresses()), flush=True)
            done.set()

    def update_service(self, *_):
        pass

    def remove_service(self, *_):
        pass


zeroconf = Zeroconf(interfaces=["127.0.0.1"])
browser = ServiceBrowser(zeroconf, "_wyoming._tcp.local.", Listener())
found = done.wait(120)
zeroconf.close()
sys.exit(0 if found else 1)
