# Runs every check of scim2-tester against one service; what scripts/scim-tester starts.
"""usage: scim_tester.py URL, with SCIM_TOKEN in the environment"""

import os
import sys
from collections import Counter

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server


def main(url):
    headers = {"Authorization": f"Bearer {os.environ['SCIM_TOKEN']}"}
    # No proxy, whatever the environment says: the service is on this machine.
    with Client(base_url=url, headers=headers, timeout=30, trust_env=False) as web:
        results = check_server(SyncSCIMClient(web))
    good = (Status.SUCCESS, Status.SKIPPED)
    for result in results:
        if result.status not in good:
            print(f"{result.status.name} {result.title} {result.resource_type}: {result.reason}")
        elif result.status is Status.SKIPPED:
            print(f"skipped {result.title} {result.resource_type}: {result.reason}")
    counts = Counter(result.status.name for result in results)
    print(" ".join(f"{name}={count}" for name, count in sorted(counts.items())))
    # A run that checked next to nothing proves nothing.
    enough = counts["SUCCESS"] >= 80
    return 0 if enough and all(result.status in good for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
