use super::world::World;
use crate::{
    decisions::{ActivateOrder, Live, RevealCredentials},
    ids::InstanceId,
    instance::{LifeCommand, Seen},
    story::{budi, noon, order},
};

/// Budi's app, ready.
fn ready() -> World {
    let mut world = World::selling(1, 1).with(budi(), 100_000).ordered(1);
    world.happens(&ActivateOrder {
        subscription_id: order(1),
        at: noon(),
    });
    world
}

fn asks(command: LifeCommand) -> Live {
    Live {
        instance_id: InstanceId::of(order(1)),
        command: command.into(),
    }
}

#[test]
fn the_answer_says_where_it_stands_afterwards() {
    let (asked_by, at) = (budi(), noon());
    let mut world = ready();
    let restart = asks(LifeCommand::Restart { asked_by, at });
    assert_eq!(world.happens(&restart).answer, "restarting");
    let again = world.happens(&restart);
    assert_eq!((again.answer, again.events.len()), ("restarting".into(), 0));
    let stop = asks(LifeCommand::Stop { asked_by, at });
    assert_eq!(world.happens(&stop).answer, "stopping");
}

#[test]
fn showing_a_sign_in_says_which_password_it_is() {
    let (asked_by, at) = (budi(), noon());
    let mut world = ready();
    let reveal = RevealCredentials {
        instance_id: InstanceId::of(order(1)),
        asked_by,
        at,
    };
    assert_eq!(world.happens(&reveal).answer, 0);
    world.happens(&asks(LifeCommand::ResetPassword { asked_by, at }));
    world.refuses(&reveal, "instance.password_uncertain");
    for seen in [Seen::PasswordSet, Seen::PasswordKept] {
        let operation = 1;
        world.happens(&asks(LifeCommand::Observe {
            operation,
            seen,
            at,
        }));
    }
    assert_eq!(world.happens(&reveal).answer, 1);
}
