//! The agreement panel, computed step by step: how far it is shows on the way, it can be stopped between two steps, and
//! who asks for something else does not wait for it. A single coefficient is not interrupted: a worker hears nothing while it
//! computes.

use super::Line;
use super::desk::Desk;
use crate::domain::event::Role;
use crate::platform::web::machine::{breathe, ticks_ms};
use crate::view::agreement::Job;
use crate::view::model::{AgreementView, View, ViewKey};
use crate::view::protocol::{AGREEMENT, Tell};
use std::ops::ControlFlow;
use std::rc::Rc;

/// Time between two reports of progress.
const TELL_EVERY_MS: f64 = 100.0;

impl Desk {
    /// The panel: what was computed before, as long as nothing changed since; else computed now. Other requests that come
    /// meanwhile go first, and it begins again after them.
    pub(super) async fn agreement_view(&mut self) -> AgreementView {
        let Some(project) = self.project.as_ref() else { return AgreementView::default() };
        let state = project.engine.state();
        // annotators see no other's answers: who only labels is blind
        let sees = [Role::Admin, Role::Reviewer, Role::Adjudicator];
        if !state.roles(&project.me).iter().any(|role| sees.contains(role)) {
            return AgreementView { blind: true, ..AgreementView::default() };
        }
        let mark = (project.local.project.clone(), state.events, state.materials.tasks.len());
        if let Some((kept, view)) = &self.agreement
            && *kept == mark
        {
            return view.clone();
        }
        let line = &self.line;
        let mut job = Job::new(state, &project.imported);
        let mut told_ms = ticks_ms();
        let view = loop {
            let (from, to) = (job.percent(), job.percent_after());
            let so_far = job.so_far();
            let mut watch = |done: u32, of: u32| {
                if ticks_ms() - told_ms > TELL_EVERY_MS {
                    told_ms = ticks_ms();
                    let progress = from + (to.saturating_sub(from) as u32 * done / of.max(1)) as u8;
                    line.tell_agreement(AgreementView { progress: Some(progress), ..so_far.clone() });
                }
                ControlFlow::Continue(())
            };
            // the watch lets everything go on
            if !job.step(&mut watch).unwrap_or_default() {
                line.forget_cancel(AGREEMENT);
                break job.into_view();
            }
            breathe().await;
            if line.is_cancelled(AGREEMENT) {
                break AgreementView { progress: None, stopped: true, ..job.so_far() };
            }
            if line.has_jobs() {
                return job.so_far();
            }
        };
        self.agreement = Some((mark, view.clone()));
        view
    }

    /// Computes anew what was stopped, when the panel is asked for again. Until then it stays stopped, whatever changes.
    pub(super) fn resume_agreement(&mut self) {
        if self.agreement.as_ref().is_some_and(|(_, view)| view.stopped) {
            self.agreement = None;
        }
    }
}

impl Line {
    fn tell_agreement(&self, view: AgreementView) {
        self.tell(&Tell::View { key: ViewKey::Agreement, view: View::Agreement(Rc::new(view)) }, None);
    }
}
