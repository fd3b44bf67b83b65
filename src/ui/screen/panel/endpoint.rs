//! The form for an endpoint, and the two texts made of it: the endpoint, which travels in invitations, and the credentials,
//! which never do.

use crate::ui::face::Door;
use crate::ui::hooks::{Ctx, use_ctx};
use crate::ui::text::{self, Word};
use crate::view::protocol::Ask;
use serde_json::json;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// A part of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The endpoint's name within the project.
    Name,
    /// The address.
    Address,
    /// The bucket.
    Bucket,
    /// The region.
    Region,
    /// The folder within it.
    Folder,
    /// The key's name, or the user.
    User,
    /// The secret, or the password.
    Secret,
}

/// What was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// A WebDAV folder, not a bucket.
    pub webdav: bool,
    /// See [`Part`].
    pub name: String,
    /// See [`Part`].
    pub address: String,
    /// See [`Part`].
    pub bucket: String,
    /// See [`Part`].
    pub region: String,
    /// See [`Part`].
    pub folder: String,
    /// See [`Part`].
    pub user: String,
    /// See [`Part`].
    pub secret: String,
    /// The bucket stands in the host's name.
    pub virtual_host: bool,
    /// The endpoint is set already; only its credentials are given.
    pub known: bool,
}

impl Typed {
    fn at(&mut self, part: Part) -> &mut String {
        match part {
            Part::Name => &mut self.name,
            Part::Address => &mut self.address,
            Part::Bucket => &mut self.bucket,
            Part::Region => &mut self.region,
            Part::Folder => &mut self.folder,
            Part::User => &mut self.user,
            Part::Secret => &mut self.secret,
        }
    }

    /// What cannot work, part by part, in the order of the form. The worker checks again.
    pub fn wrong(&self) -> Vec<(Part, Word)> {
        let secrets = |wrong: &mut Vec<(Part, Word)>| {
            for (part, text) in [(Part::User, &self.user), (Part::Secret, &self.secret)] {
                if text.trim().is_empty() {
                    wrong.push((part, Word::Wanted));
                }
            }
        };
        let byte = |extra: &'static [u8]| move |b: u8| b.is_ascii_alphanumeric() || extra.contains(&b);
        let mut wrong = vec![];
        if self.known {
            secrets(&mut wrong);
            return wrong;
        }
        let mut check = |part: Part, text: &str, good: bool, word: Word| {
            if text.trim().is_empty() {
                wrong.push((part, Word::Wanted));
            } else if !good {
                wrong.push((part, word));
            }
        };
        let name = self.name.trim();
        check(Part::Name, name, name.bytes().all(byte(b"._-")) && name != "." && name != "..", Word::BadName);
        check(Part::Address, &self.address, address_may_work(self.address.trim()), Word::BadAddress);
        if !self.webdav {
            let bucket = self.bucket.trim();
            let good = bucket.bytes().all(|b| !b.is_ascii_uppercase() && byte(b".-_")(b));
            check(Part::Bucket, bucket, good, Word::BadBucket);
            let region = self.region.trim();
            check(
                Part::Region,
                if region.is_empty() { "-" } else { region },
                region.bytes().all(byte(b"-_")),
                Word::BadRegion,
            );
        }
        let folder = self.folder.trim().trim_matches('/');
        let part_of_path = |p: &str| !p.is_empty() && p != "." && p != ".." && p.bytes().all(byte(b"._-"));
        check(Part::Folder, "-", folder.is_empty() || folder.split('/').all(part_of_path), Word::BadFolder);
        secrets(&mut wrong);
        wrong
    }

    /// The endpoint as `sync::Endpoint` is stored; of one that is set already, its name.
    pub fn endpoint(&self) -> String {
        if self.known {
            return json!({ "id": self.name }).to_string();
        }
        let folder = self.folder.trim().trim_matches('/');
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let (id, address) = (self.name.trim(), self.address.trim());
        let mut value = if self.webdav {
            json!({ "id": id, "kind": "webdav", "url": address })
        } else {
            let region = self.region.trim();
            let region = if region.is_empty() { "us-east-1" } else { region };
            json!({ "id": id, "kind": "s3", "endpoint": address, "bucket": self.bucket.trim(), "region": region })
        };
        if let Some(parts) = value.as_object_mut() {
            if !prefix.is_empty() {
                parts.insert("prefix".into(), prefix.into());
            }
            if self.virtual_host && !self.webdav {
                parts.insert("virtual_host".into(), true.into());
            }
        }
        value.to_string()
    }

    /// The credentials as `sync::Credentials` are stored.
    pub fn credentials(&self) -> String {
        let (user, secret) = (self.user.trim(), &self.secret);
        if self.webdav {
            json!({ "kind": "password", "username": user, "password": secret }).to_string()
        } else {
            json!({ "kind": "access-key", "access_key_id": user, "secret_access_key": secret.trim() }).to_string()
        }
    }
}

/// Encrypted, or on this machine; nothing in it that could be a secret.
fn address_may_work(address: &str) -> bool {
    let plain = address.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'@' | b'?' | b'#' | b'\\'));
    let lower = address.to_ascii_lowercase();
    let host = |rest: &str| rest.split(['/', ':']).next().unwrap_or_default().to_owned();
    let good = match (lower.strip_prefix("https://"), lower.strip_prefix("http://")) {
        (Some(rest), _) => !host(rest).is_empty(),
        (_, Some(rest)) => matches!(host(rest).as_str(), "localhost" | "127.0.0.1") || rest.starts_with("[::1]"),
        _ => false,
    };
    plain && good
}

/// Properties of [`EndpointForm`].
#[derive(Properties, PartialEq)]
pub struct FormProps {
    /// Names that are taken, for the name a new one begins with.
    pub taken: Vec<String>,
    /// Only the credentials of this endpoint are missing: its name, kind and address.
    #[prop_or_default]
    pub known: Option<Typed>,
    /// Called when it is set, or given up.
    pub done: Callback<()>,
}

/// The form.
#[component]
pub fn EndpointForm(props: &FormProps) -> Html {
    let ctx = use_ctx();
    let typed = use_state(|| props.known.clone().unwrap_or_else(|| fresh(&props.taken)));
    let tried = use_state(|| false);
    let failed = use_state(|| None::<String>);
    let saving = use_state(|| false);
    let form = use_node_ref();
    let wrong = if *tried { typed.wrong() } else { vec![] };
    let field = |part: Part, word: Word, kind: &'static str, hint: &'static str| {
        let typed = typed.clone();
        let problem = wrong.iter().find(|(p, _)| *p == part).map(|(_, word)| *word);
        let value = (*typed).clone().at(part).clone();
        let oninput = Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                let mut next = (*typed).clone();
                *next.at(part) = input.value();
                typed.set(next);
            }
        });
        draw_field(&ctx, part, ctx.t(word), kind, hint, value, problem, oninput)
    };
    let onkind = {
        let typed = typed.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                typed.set(Typed { webdav: select.value() == "webdav", ..(*typed).clone() });
            }
        })
    };
    let onhost = {
        let typed = typed.clone();
        Callback::from(move |_: Event| typed.set(Typed { virtual_host: !typed.virtual_host, ..(*typed).clone() }))
    };
    let onsubmit = {
        let (typed, tried, failed, saving, done, form) =
            (typed.clone(), tried.clone(), failed.clone(), saving.clone(), props.done.clone(), form.clone());
        ctx.on(move |ctx, event: SubmitEvent| {
            event.prevent_default();
            tried.set(true);
            if let Some((part, _)) = typed.wrong().first() {
                crate::ui::dom::focus(&form, &format!("#{}", id(*part)));
                return;
            }
            saving.set(true);
            let (failed, saving, done) = (failed.clone(), saving.clone(), done.clone());
            send(ctx, &typed, move |result| {
                saving.set(false);
                match result {
                    Ok(()) => done.emit(()),
                    Err(words) => failed.set(Some(words)),
                }
            });
        })
    };
    let cancel = props.done.reform(|_: MouseEvent| ());
    let known = props.known.is_some();
    html! {
        <form class="form-rows card" {onsubmit} novalidate=true ref={form} aria-labelledby="endpoint-title">
            <h4 id="endpoint-title">{ ctx.t(if known { Word::Credentials } else { Word::EndpointTitle }) }</h4>
            <p class="quiet">{ ctx.t(Word::EndpointIntro) }</p>
            if !known {
                <label class="field">
                    <span>{ ctx.t(Word::EndpointKind) }</span>
                    <select onchange={onkind}>
                        <option value="s3" selected={!typed.webdav}>{ ctx.t(Word::KindS3) }</option>
                        <option value="webdav" selected={typed.webdav}>{ ctx.t(Word::KindWebDav) }</option>
                    </select>
                </label>
                { field(Part::Name, Word::EndpointName, "text", "team") }
                if typed.webdav {
                    { field(Part::Address, Word::EndpointUrl, "url", "https://dav.example.org/team") }
                } else {
                    { field(Part::Address, Word::EndpointS3Url, "url", "https://s3.example.org") }
                    { field(Part::Bucket, Word::EndpointBucket, "text", "labels") }
                    { field(Part::Region, Word::EndpointRegion, "text", "us-east-1") }
                }
                { field(Part::Folder, Word::EndpointFolder, "text", "") }
                if !typed.webdav {
                    <label class="tick">
                        <input type="checkbox" checked={typed.virtual_host} onchange={onhost} />{ ctx.t(Word::EndpointVirtualHost) }
                    </label>
                }
            } else {
                <p><strong>{ typed.name.clone() }</strong>{ " " }<span class="quiet">{ typed.address.clone() }</span></p>
            }
            if typed.webdav {
                { field(Part::User, Word::UserName, "text", "") }
                { field(Part::Secret, Word::Password, "password", "") }
            } else {
                { field(Part::User, Word::AccessKey, "text", "") }
                { field(Part::Secret, Word::SecretKey, "password", "") }
            }
            if let Some(words) = &*failed {
                <p class="problem" role="alert">{ words.clone() }</p>
            }
            <div class="row">
                <button type="submit" class="primary" disabled={*saving}>
                    { ctx.t(if *saving { Word::EndpointSaving } else { Word::SaveEndpoint }) }
                </button>
                <button type="button" onclick={cancel}>{ ctx.t(Word::Cancel) }</button>
            </div>
        </form>
    }
}

/// A form that is empty but for a name that is free.
fn fresh(taken: &[String]) -> Typed {
    let names = std::iter::once("team".to_owned()).chain((2..).map(|n| format!("team-{n}")));
    let name = { names }.find(|name| !taken.contains(name)).unwrap_or_default();
    Typed { name, ..Typed::default() }
}

fn id(part: Part) -> &'static str {
    match part {
        Part::Name => "endpoint-name",
        Part::Address => "endpoint-address",
        Part::Bucket => "endpoint-bucket",
        Part::Region => "endpoint-region",
        Part::Folder => "endpoint-folder",
        Part::User => "endpoint-user",
        Part::Secret => "endpoint-secret",
    }
}

#[expect(clippy::too_many_arguments, reason = "one text field, each of its parts given once")]
fn draw_field(
    ctx: &Ctx,
    part: Part,
    name: &'static str,
    kind: &'static str,
    hint: &'static str,
    value: String,
    problem: Option<Word>,
    oninput: Callback<InputEvent>,
) -> Html {
    let optional = matches!(part, Part::Folder | Part::Region);
    let problem_id = format!("{}-problem", id(part));
    html! {
        <label class="field" key={id(part)}>
            <span>
                { name }
                if optional {
                    <span class="quiet">{ format!(" · {}", ctx.t(Word::OptionalWord)) }</span>
                }
            </span>
            <input id={id(part)} type={kind} {value} placeholder={hint} {oninput} autocomplete="off" autocapitalize="off"
                spellcheck="false" dir="ltr" required={!optional} aria-invalid={problem.map(|_| "true")}
                aria-describedby={problem.map(|_| problem_id.clone())} />
            if let Some(problem) = problem {
                <span class="problem" id={problem_id}>{ ctx.t(problem) }</span>
            }
        </label>
    }
}

fn send(ctx: &Ctx, typed: &Typed, then: impl FnOnce(Result<(), String>) + 'static) {
    let ask = Ask::SetEndpoint { endpoint: typed.endpoint(), credentials: typed.credentials() };
    ctx.hub.ask(ask, move |hub, reply| match reply.result {
        Ok(_) => {
            hub.toast(Door::Panels, hub.t(Word::Saved), false);
            then(Ok(()));
        }
        Err(trouble) => then(Err(text::trouble(hub.lang(), &trouble))),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3() -> Typed {
        Typed {
            name: "team".into(),
            address: "https://s3.example.org".into(),
            bucket: "labels".into(),
            user: "AK".into(),
            secret: "hush".into(),
            ..Typed::default()
        }
    }

    #[test]
    fn what_is_wrong_is_said_at_its_place() {
        let check = |change: &dyn Fn(&mut Typed), expect: &[(Part, Word)]| {
            let mut typed = s3();
            change(&mut typed);
            assert_eq!(typed.wrong(), expect, "{typed:?}");
        };
        check(&|_| {}, &[]);
        check(&|t| t.name = "my team".into(), &[(Part::Name, Word::BadName)]);
        check(&|t| t.name = "..".into(), &[(Part::Name, Word::BadName)]);
        check(&|t| t.address = "http://s3.example.org".into(), &[(Part::Address, Word::BadAddress)]);
        check(&|t| t.address = "https://me:pw@host".into(), &[(Part::Address, Word::BadAddress)]);
        check(&|t| t.address = "http://127.0.0.1:9000".into(), &[]);
        check(&|t| t.address = "http://[::1]:9000".into(), &[]);
        check(&|t| t.bucket = "Labels".into(), &[(Part::Bucket, Word::BadBucket)]);
        check(&|t| t.bucket = String::new(), &[(Part::Bucket, Word::Wanted)]);
        check(&|t| t.region = "eu west".into(), &[(Part::Region, Word::BadRegion)]);
        check(&|t| t.folder = "../x".into(), &[(Part::Folder, Word::BadFolder)]);
        check(&|t| t.folder = "/a/b/".into(), &[]);
        check(&|t| t.secret = String::new(), &[(Part::Secret, Word::Wanted)]);
        check(
            &|t| {
                t.webdav = true;
                t.bucket = String::new();
            },
            &[],
        );
    }

    #[test]
    fn a_new_one_gets_a_free_name() {
        assert_eq!(fresh(&[]).name, "team");
        assert_eq!(fresh(&["team".into(), "team-2".into()]).name, "team-3");
    }
}
