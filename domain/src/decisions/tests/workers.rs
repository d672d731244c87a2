use super::world::World;
use crate::{
    decisions::{InviteWorker, WorkerInvited},
    ids::WorkerId,
    story::{noon, text},
};
use uuid::Uuid;

fn invite() -> InviteWorker {
    InviteWorker {
        worker_id: WorkerId::new(Uuid::from_u128(7)),
        pool: text("default"),
        expires_at: noon(),
    }
}

#[test]
fn an_invitation_tells_until_when_it_holds() {
    let mut world = World::empty();
    let invited: WorkerInvited = world.answer(&invite());
    assert_eq!(invited.worker_id, invite().worker_id);
    assert_eq!(invited.expires_at, noon());
}

#[test]
fn an_id_is_invited_once() {
    let mut world = World::empty();
    assert_eq!(world.story(&invite()), ["worker.invited"]);
    world.refuses(&invite(), "worker.already_known");
}
