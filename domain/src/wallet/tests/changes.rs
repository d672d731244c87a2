//! What events say they change.

use super::*;

/// Whatever happened, what the events say changed is what the wallet holds.
#[test]
fn the_changes_of_its_events_sum_to_what_it_holds() {
    for story in [
        buckets::story(),
        holds::story(),
        debts::story(),
        payouts::story(),
    ] {
        let mut wallet = folded(opened());
        let (mut paid, mut promotional, mut owed) = (0, 0, 0);
        for command in story {
            for event in wallet.decide(command).unwrap() {
                let change = event.change();
                paid += change.paid;
                promotional += change.promotional;
                owed += change.owed;
                wallet.fold(event);
            }
            assert_eq!(wallet.paid().get(), paid);
            assert_eq!(wallet.promotional().get(), promotional);
            assert_eq!(wallet.owed().get(), owed);
        }
    }
}
