//! What a pod does when its image is missing or its containers exit: waiting, longer each time, and trying again.

use std::time::Duration;

use super::super::super::faults::Fault;
use super::super::super::paths::text;
use super::status::{ContainerState, Report};
use super::{Kubelet, Stage};

impl Kubelet<'_> {
    pub(super) fn pull_failed(&mut self) {
        if !self.waited(10, Duration::ZERO) {
            return;
        }
        let image = text(self.pod, "/spec/containers/0/image").to_owned();
        let why = format!(
            "Back-off pulling image {image:?}: ErrImagePull: {}",
            pull_error(&image)
        );
        self.normal("BackOff", &format!("Back-off pulling image {image:?}"));
        self.warning("Failed", "Error: ImagePullBackOff");
        self.report(&Report::all(ContainerState::waiting(
            "ImagePullBackOff",
            &why,
        )));
    }

    pub(super) fn try_again(&mut self) {
        let delay = (self.controllers.start * 2).max(Duration::from_millis(20));
        if !self.waited_for(delay) {
            return;
        }
        if self.stage == Stage::PullBackOff && self.mode.has(&Fault::ImagePull) {
            let image = text(self.pod, "/spec/containers/0/image").to_owned();
            self.normal("BackOff", &format!("Back-off pulling image {image:?}"));
            self.controllers.stages.remove(self.key);
            self.controllers.after(self.key, delay * 5);
            return;
        }
        self.start_containers();
    }

    /// The first exit is followed by a restart at once, every later one by a wait.
    pub(super) fn crash(&mut self) {
        if self.restarts() == 0 {
            self.report(&Report::all(ContainerState::terminated(1)));
            return;
        }
        let name = text(self.pod, "/spec/containers/0/name").to_owned();
        let uid = text(self.pod, "/metadata/uid").to_owned();
        let place = format!("{}_{}({uid})", self.key.name, self.key.namespace);
        let seconds = 10 * 2_i64.pow(u32::try_from(self.restarts() - 1).unwrap_or(5).min(5));
        let why = format!(
            "back-off {}s restarting failed container={name} pod={place}",
            seconds.min(300)
        );
        self.warning(
            "BackOff",
            &format!("Back-off restarting failed container {name} in pod {place}"),
        );
        let mut report = Report::all(ContainerState::waiting("CrashLoopBackOff", &why));
        report.crashed = true;
        self.report(&report);
    }

    pub(super) fn exited(&mut self) {
        if self.waited(2, Duration::ZERO) {
            self.restart();
        }
    }

    pub(super) fn crash_back_off(&mut self) {
        let doublings = u32::try_from(self.restarts()).unwrap_or(5).min(5);
        let delay = self.controllers.start.max(Duration::from_millis(10)) * 2_u32.pow(doublings);
        let healed = !self.mode.has(&Fault::CrashLoop) && !self.mode.has(&Fault::JobFails);
        let delay = if healed {
            self.controllers.start
        } else {
            delay
        };
        if self.waited_for(delay) {
            self.restart();
        }
    }

    pub(super) fn restart(&mut self) {
        let name = text(self.pod, "/spec/containers/0/name").to_owned();
        self.normal("Created", &format!("Created container: {name}"));
        self.normal("Started", &format!("Started container {name}"));
        let mut report = Report::all(ContainerState::running(false));
        report.restarted = true;
        report.starting = self.mode.has(&Fault::NeverStarts);
        self.report(&report);
    }
}

pub(super) fn pull_error(image: &str) -> String {
    let full = if image
        .split('/')
        .next()
        .is_some_and(|host| host.contains('.'))
    {
        image.to_owned()
    } else if image.contains('/') {
        format!("docker.io/{image}")
    } else {
        format!("docker.io/library/{image}")
    };
    format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image {full:?}: failed to resolve reference \
         {full:?}: {full}: not found"
    )
}
