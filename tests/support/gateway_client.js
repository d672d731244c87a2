// Midtrans' own Node client at a gateway, as gateway_client.py is their Python client: the same calls, and the same
// names for what the client made of each answer.

const { createHash } = require("node:crypto");
const midtrans = require("midtrans-client");
const ApiConfig = require("midtrans-client/lib/apiConfig");

const [gateway, serverKey, clientKey] = process.argv.slice(2);
ApiConfig.SNAP_SANDBOX_BASE_URL = gateway + "/snap/v1";
ApiConfig.CORE_SANDBOX_BASE_URL = gateway;
const snap = new midtrans.Snap({ serverKey, clientKey });
const core = new midtrans.CoreApi({ serverKey, clientKey });
const stranger = new midtrans.CoreApi({ serverKey: "SB-Mid-server-other", clientKey });

function opens(orderId) {
  const details = { order_id: orderId, gross_amount: 50000 };
  return snap.createTransaction({ transaction_details: details });
}

async function asked(path, options) {
  const response = await fetch(gateway + path, options);
  if (!response.ok) {
    throw new Error(`${path} answers ${response.status}`);
  }
  return response;
}

/** What a customer does on the page. */
function does(action, orderId, paymentType) {
  return asked(`/standin/${action}/${orderId}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ payment_type: paymentType }),
  });
}

/** The body of the notification about this. */
async function notified(orderId, status) {
  const known = await (await asked("/standin/notifications")).json();
  const bodies = [...known.finished, ...known.waiting].map((one) => JSON.parse(one.body));
  return bodies.find((body) => body.order_id === orderId && body.transaction_status === status);
}

function isSigned(body) {
  const signed = body.order_id + body.status_code + body.gross_amount + serverKey;
  return createHash("sha512").update(signed).digest("hex") === body.signature_key;
}

async function refused(answer) {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof midtrans.MidtransError)) {
      throw error;
    }
    return { http: error.rawHttpClientData.status, code: error.ApiResponse.status_code };
  }
}

async function main() {
  const told = { opened: await opens("paid") };
  await does("pay", "paid", "gopay");
  told.paid = await core.transaction.status("paid");
  const body = await notified("paid", "settlement");
  told.signed = isSigned(body);
  told.notified = await snap.transaction.notification(body);
  told.notified_as_text = await core.transaction.notification(JSON.stringify(body));
  told.tries = await core.transaction.statusb2b("paid");
  const part = { refund_key: "part", amount: 20000, reason: "half of it" };
  told.refunded = await core.transaction.refund("paid", part);
  const rest = { refund_key: "rest", amount: 30000, reason: "the rest" };
  told.refunded_directly = await core.transaction.refundDirect("paid", rest);
  told.back = await core.transaction.status("paid");

  for (const [orderId, call] of [["cancelled", "cancel"], ["expired", "expire"]]) {
    await opens(orderId);
    await does("choose", orderId, "bca_va");
    told[orderId + "_before"] = await core.transaction.status(orderId);
    told[orderId] = await core.transaction[call](orderId);
    told[orderId + "_after"] = await core.transaction.status(orderId);
  }

  told.unknown = await refused(core.transaction.status("nobody"));
  told.over = await refused(core.transaction.cancel("cancelled"));
  told.too_much = await refused(core.transaction.refund("paid", { refund_key: "more", amount: 1 }));
  told.wrong_key = await refused(stranger.transaction.status("paid"));
  console.log(JSON.stringify(told));
}

main();
