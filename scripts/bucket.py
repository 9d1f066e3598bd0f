"""The S3 server of scripts/bucket: makes its buckets and its one user, then asks for credentials."""

import json
import logging
import sys

import boto3
import requests
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
url = "http://127.0.0.1:%d" % server.get_host_and_port()[1]


def client(service):
    return boto3.client(service, endpoint_url=url, region_name="us-east-1",
                        aws_access_key_id="nobody", aws_secret_access_key="nobody")


s3, iam = client("s3"), client("iam")
for name, mode in (("locked", "COMPLIANCE"), ("lenient", "GOVERNANCE"), ("open", None)):
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=mode is not None)
    if mode:
        rule = {"DefaultRetention": {"Mode": mode, "Days": 1}}
        s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled", "Rule": rule})
iam.create_user(UserName="sealer")
allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
iam.put_user_policy(UserName="sealer", PolicyName="buckets", PolicyDocument=json.dumps(
    {"Version": "2012-10-17", "Statement": [allowed]}))
key = iam.create_access_key(UserName="sealer")["AccessKey"]
# From now on it takes nobody's word.
requests.post(url + "/moto-api/reset-auth", data=b"0", timeout=10).raise_for_status()
print(url, key["AccessKeyId"], key["SecretAccessKey"], flush=True)
sys.stdin.read()
server.stop()
