//! What `purser dev` says once everything is ready.

use super::{facts::DevFacts, seed::Offer};

pub(super) fn print(facts: &DevFacts, offers: &[Offer]) {
    let DevFacts {
        base_url,
        docs_url,
        kubeconfig,
        mailbox_url,
        midtrans_url,
        clock_url,
        log,
        sign_ins,
        ..
    } = facts;
    println!();
    println!("  Purser is ready.");
    println!();
    println!("  API        {base_url}/api/v1   described at {docs_url}");
    println!("  Mailbox    {mailbox_url}");
    println!(
        "  Payments   {midtrans_url}   (the page where a customer clicks pay, fail or expire)"
    );
    println!(
        "  Cluster    kubectl --kubeconfig {} get all -A",
        kubeconfig.display()
    );
    println!(
        "  Clock      curl -X POST {clock_url}/dev/clock/advance -H 'content-type: application/json' -d '{{\"days\": 1}}'"
    );
    println!("  Log        {}", log.display());
    println!();
    println!("  Sign in as");
    for sign_in in sign_ins {
        let authenticator = match &sign_in.totp_secret {
            Some(secret) => format!("  code: curl '{clock_url}/dev/code?secret={secret}'"),
            None => String::new(),
        };
        println!(
            "    {:<9} {}  {}{authenticator}",
            sign_in.role, sign_in.email, sign_in.password
        );
    }
    println!();
    println!("  On sale");
    for offer in offers {
        println!(
            "    {:<10} {:<10} {:>10} a month  plan_id {}",
            offer.service,
            offer.plan,
            offer.monthly.to_string(),
            offer.plan_id
        );
    }
    if let (Some(offer), Some(customer)) = (
        offers.first(),
        sign_ins.iter().find(|sign_in| sign_in.role == "customer"),
    ) {
        println!();
        println!("  Four lines that buy a {}:", offer.service);
        println!();
        let json = "-H 'content-type: application/json'";
        let field = |name: &str| {
            format!("python3 -c 'import json,sys; print(json.load(sys.stdin)[\"{name}\"])'")
        };
        println!(
            "    TOKEN=$(curl -s {base_url}/api/v1/auth/login {json} -d '{{\"email\":\"{}\",\"password\":\"{}\"}}' | {})",
            customer.email,
            customer.password,
            field("access_token")
        );
        println!(
            "    ORDER=$(curl -s {base_url}/api/v1/top-ups -H \"authorization: Bearer $TOKEN\" -H \"idempotency-key: $RANDOM$RANDOM\" {json} -d '{{\"amount\":100000}}' | {})",
            field("order_id")
        );
        println!(
            "    curl -s -X POST {midtrans_url}/standin/pay/$ORDER {json} -d '{{\"payment_type\":\"qris\"}}'; sleep 2"
        );
        println!(
            "    curl -s {base_url}/api/v1/subscriptions -H \"authorization: Bearer $TOKEN\" -H \"idempotency-key: $RANDOM$RANDOM\" {json} -d '{{\"plan_id\":\"{}\",\"billing_cycle\":\"monthly\"}}'",
            offer.plan_id
        );
    }
    println!();
    println!("  The whole walk by itself: purser demo --url {base_url}");
    println!("  Ctrl-C stops everything.");
}
