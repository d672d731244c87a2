use super::*;

fn acknowledged() -> Did {
    Did::LicenceAcknowledged {
        notice: text("Selling it needs an agreement"),
        by: budi(),
    }
}

fn publish_unread() -> Do {
    Do::Publish {
        licence: Licence::Unread,
    }
}

#[test]
fn a_licence_that_asks_something_is_acknowledged_with_the_publication() {
    service()
        .given(draft())
        .when(publish_knowing())
        .then_expect_events(vec![acknowledged(), Did::Published {}]);
}

#[test]
fn nobody_publishes_what_he_has_not_said_to_know_the_licence_of() {
    service()
        .given(draft())
        .when(publish_unread())
        .then_expect_error(ServiceError::LicenceNotAcknowledged);
}

#[test]
fn what_is_published_already_needs_no_second_acknowledgement() {
    let published = || {
        let mut history = draft();
        history.extend([acknowledged(), Did::Published {}]);
        history
    };
    for again in [publish_unread(), publish_knowing()] {
        service()
            .given(published())
            .when(again)
            .then_expect_events(vec![]);
    }
}
