"""Midtrans' own Python client at a gateway. Takes its address, the server key and the client key; prints as one JSON
object what the client made of each answer."""

import hashlib
import json
import sys

import midtransclient
import requests
from midtransclient.config import ApiConfig

gateway, server_key, client_key = sys.argv[1:]
ApiConfig.SNAP_SANDBOX_BASE_URL = gateway + "/snap/v1"
ApiConfig.CORE_SANDBOX_BASE_URL = gateway
snap = midtransclient.Snap(server_key=server_key, client_key=client_key)
core = midtransclient.CoreApi(server_key=server_key, client_key=client_key)
stranger = midtransclient.CoreApi(server_key="SB-Mid-server-other", client_key=client_key)


def opens(order_id):
    details = {"order_id": order_id, "gross_amount": 50000}
    return snap.create_transaction({"transaction_details": details})


def does(action, order_id, payment_type):
    """What a customer does on the page."""
    url = f"{gateway}/standin/{action}/{order_id}"
    requests.post(url, json={"payment_type": payment_type}, timeout=30).raise_for_status()


def notified(order_id, status):
    """The body of the notification about this."""
    known = requests.get(f"{gateway}/standin/notifications", timeout=30).json()
    bodies = [json.loads(one["body"]) for one in known["finished"] + known["waiting"]]
    return next(
        body for body in bodies if (body["order_id"], body["transaction_status"]) == (order_id, status)
    )


def is_signed(body):
    signed = body["order_id"] + body["status_code"] + body["gross_amount"] + server_key
    return hashlib.sha512(signed.encode()).hexdigest() == body["signature_key"]


def refused(call, *given):
    try:
        return call(*given)
    except midtransclient.MidtransAPIError as error:
        return {"http": error.http_status_code, "code": error.api_response_dict["status_code"]}


told = {"opened": opens("paid")}
does("pay", "paid", "gopay")
told["paid"] = core.transactions.status("paid")
body = notified("paid", "settlement")
told["signed"] = is_signed(body)
told["notified"] = snap.transactions.notification(body)
told["notified_as_text"] = core.transactions.notification(json.dumps(body))
told["tries"] = core.transactions.statusb2b("paid")
part = {"refund_key": "part", "amount": 20000, "reason": "half of it"}
told["refunded"] = core.transactions.refund("paid", part)
rest = {"refund_key": "rest", "amount": 30000, "reason": "the rest"}
told["refunded_directly"] = core.transactions.refundDirect("paid", rest)
told["back"] = core.transactions.status("paid")

for order_id, call in [("cancelled", core.transactions.cancel), ("expired", core.transactions.expire)]:
    opens(order_id)
    does("choose", order_id, "bca_va")
    told[order_id + "_before"] = core.transactions.status(order_id)
    told[order_id] = call(order_id)
    told[order_id + "_after"] = core.transactions.status(order_id)

told["unknown"] = refused(core.transactions.status, "nobody")
told["over"] = refused(core.transactions.cancel, "cancelled")
told["too_much"] = refused(core.transactions.refund, "paid", {"refund_key": "more", "amount": 1})
told["wrong_key"] = refused(stranger.transactions.status, "paid")
print(json.dumps(told))
