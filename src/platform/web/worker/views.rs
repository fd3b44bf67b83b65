//! Sends the page what it watches, when it differs from what was sent before.

use super::desk::Desk;
use crate::domain::id::TaskId;
use crate::view::audit::audit;
use crate::view::build;
use crate::view::model::{View, ViewKey};
use crate::view::protocol::Tell;
use std::collections::BTreeSet;
use std::rc::Rc;

impl Desk {
    pub(super) async fn send_views(&mut self) {
        let keys: Vec<ViewKey> = self.watched.keys().cloned().collect();
        for key in keys {
            if key == ViewKey::Tasks && self.send_rows() {
                continue;
            }
            let Some(view) = self.cut(&key).await else { continue };
            let Ok(text) = serde_json::to_string(&view) else { continue };
            if self.watched.get(&key) == Some(&text) {
                continue;
            }
            self.line.tell(&Tell::View { key: key.clone(), view }, None);
            // of the list only that it was sent is remembered: what follows are its changes
            let mark = if key == ViewKey::Tasks { "sent".to_owned() } else { text };
            if let Some(sent) = self.watched.get_mut(&key) {
                *sent = mark;
            }
        }
    }

    /// The list can be long, so after the first time only chunks that changed are sent. Answers false while the whole
    /// list is to be sent.
    fn send_rows(&mut self) -> bool {
        let Some(project) = self.project.as_mut() else { return false };
        let sent = self.watched.get(&ViewKey::Tasks).is_some_and(|text| !text.is_empty());
        let touched = std::mem::take(&mut project.touched);
        if !sent || touched.all {
            if let Some(text) = self.watched.get_mut(&ViewKey::Tasks) {
                text.clear();
            }
            return false;
        }
        let (state, here) = (project.engine.state(), &project.here);
        let places: BTreeSet<usize> = touched.tasks.iter().filter_map(|t| build::chunk_of(state, t)).collect();
        if !places.is_empty() {
            let chunk = |at: usize| (at as u32, Rc::new(build::task_chunk(state, here, at)));
            self.line.tell(&Tell::Rows { chunks: places.into_iter().map(chunk).collect() }, None);
        }
        true
    }

    async fn cut(&mut self, key: &ViewKey) -> Option<View> {
        let sync = self.sync.view();
        let project = self.project.as_mut()?;
        project.here.pending = sync.endpoints.iter().map(|e| e.pending).collect();
        let (state, here) = (project.engine.state(), &project.here);
        Some(match key {
            ViewKey::Shell => View::Shell(Rc::new(build::shell(state, here))),
            ViewKey::Tasks => View::Tasks(Rc::new(build::tasks(state, here))),
            ViewKey::Guideline => View::Guideline(Rc::new(build::guideline(state, here))),
            ViewKey::Activity => View::Activity(Rc::new(build::activity(state, here, project.engine.events()))),
            ViewKey::Audit { query } => View::Audit(Rc::new(audit(state, here, project.engine.events(), query))),
            ViewKey::People => {
                let invitation = self.sync.invitation(project).await;
                View::People(Rc::new(build::people(project.engine.state(), &project.here, invitation)))
            }
            ViewKey::Sync => View::Sync(Rc::new(sync)),
            ViewKey::Agreement => View::Agreement(Rc::new(super::desk::apart(self.agreement_view()).await)),
            ViewKey::Task { task } => View::Task(Rc::new(self.task_view(task).await?)),
            ViewKey::Case { task } => {
                let draft = project.kept_draft(task).await;
                View::Case(Rc::new(build::case(project.engine.state(), &project.here, task, draft)?))
            }
        })
    }

    async fn task_view(&mut self, task: &TaskId) -> Option<crate::view::model::TaskView> {
        let project = self.project.as_mut()?;
        let draft = project.kept_draft(task).await;
        build::task(project.engine.state(), &project.here, task, draft)
    }
}

impl super::desk::Project {
    async fn kept_draft(&self, task: &TaskId) -> Option<crate::domain::draft::Draft> {
        self.store.draft(&self.local.project, &self.me, task).await.ok().flatten()
    }
}
