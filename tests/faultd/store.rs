//! Objects in memory, spoken to by plain HTTP, by WebDAV's `PROPFIND` and `MKCOL`, and by S3's listing.

use super::http::{Answer, Request};
use std::collections::{BTreeMap, BTreeSet};

/// How many names a page of a listing holds, as S3 has it.
pub const PAGE_SIZE: usize = 1_000;

/// The objects, by path.
pub struct Store {
    pub objects: BTreeMap<String, Vec<u8>>,
    before: BTreeMap<String, Vec<u8>>,
    /// Every so many-th name is left out of the next listing; 0 for none.
    pub holes: usize,
    pub page_size: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self { objects: BTreeMap::new(), before: BTreeMap::new(), holes: 0, page_size: PAGE_SIZE }
    }
}

impl Store {
    /// Does what is asked, as a good server does.
    pub fn answer(&mut self, request: &Request) -> Answer {
        if request.param("list-type").is_some() {
            return self.s3_listing(request);
        }
        match request.method.as_str() {
            "GET" | "HEAD" => self.objects.get(&request.path).map_or_else(
                || Answer::new(404, ""),
                |bytes| Answer::new(200, &bytes[..]).with("Content-Type", "application/octet-stream"),
            ),
            "PUT" => {
                if let Some(old) = self.objects.insert(request.path.clone(), request.body.clone()) {
                    self.before.insert(request.path.clone(), old);
                }
                Answer::new(201, "").with("ETag", "\"1\"")
            }
            "POST" if request.param("delete").is_none() => Answer::new(202, ""),
            "DELETE" => {
                let found = self.objects.remove(&request.path);
                Answer::new(if found.is_some() { 204 } else { 404 }, "")
            }
            "MKCOL" => Answer::new(201, ""),
            "PROPFIND" => self.dav_listing(request),
            _ => Answer::new(405, ""),
        }
    }

    /// What was there before the last write; `None` where the object was written once.
    pub fn stale(&self, request: &Request) -> Option<Answer> {
        let old = self.before.get(&request.path)?;
        Some(Answer::new(200, &old[..]).with("Content-Type", "application/octet-stream"))
    }

    /// The children of a folder, folders with their slash, with holes.
    fn children(&self, folder: &str) -> Vec<String> {
        let below = self.objects.range(folder.to_owned()..).map_while(|(name, _)| name.strip_prefix(folder));
        let child = |rest: &str| match rest.split_once('/') {
            Some((first, _)) => format!("{folder}{first}/"),
            None => format!("{folder}{rest}"),
        };
        let all: BTreeSet<String> = below.filter(|rest| !rest.is_empty()).map(child).collect();
        let kept = all.into_iter().enumerate().filter(|(at, _)| self.holes == 0 || (at + 1) % self.holes != 0);
        kept.map(|(_, name)| name).collect()
    }

    fn s3_listing(&self, request: &Request) -> Answer {
        let bucket = format!("{}/", request.path.trim_end_matches('/'));
        let prefix = format!("{bucket}{}", request.param("prefix").unwrap_or_default());
        let after = request.param("continuation-token").unwrap_or_default();
        let names: Vec<String> = self.children(&prefix).into_iter().filter(|name| name.as_str() > after).collect();
        let page = &names[..names.len().min(self.page_size)];
        let mut xml = String::from("<?xml version=\"1.0\"?><ListBucketResult><Name>b</Name>");
        for name in page {
            let key = escaped(&name[bucket.len()..]);
            xml.push_str(&if name.ends_with('/') {
                format!("<CommonPrefixes><Prefix>{key}</Prefix></CommonPrefixes>")
            } else {
                format!(
                    "<Contents><Key>{key}</Key><Size>1</Size><ETag>\"1\"</ETag>\
                     <LastModified>2027-01-15T08:00:00.000Z</LastModified></Contents>"
                )
            });
        }
        let more = names.len() > page.len();
        xml.push_str(&format!("<KeyCount>{}</KeyCount><IsTruncated>{more}</IsTruncated>", page.len()));
        if let Some(last) = page.last().filter(|_| more) {
            xml.push_str(&format!("<NextContinuationToken>{}</NextContinuationToken>", escaped(last)));
        }
        xml.push_str("</ListBucketResult>");
        Answer::new(200, xml).with("Content-Type", "application/xml")
    }

    fn dav_listing(&self, request: &Request) -> Answer {
        let folder = format!("{}/", request.path.trim_end_matches('/'));
        let names = self.children(&folder);
        if names.is_empty() && folder != "/" {
            return Answer::new(404, "");
        }
        let shallow = request.header("depth") == Some("0");
        let all = std::iter::once(folder).chain(names.into_iter().filter(|_| !shallow));
        let response = |name: String| {
            let kind = if name.ends_with('/') { "<D:collection/>" } else { "" };
            format!(
                "<D:response><D:href>{}</D:href><D:propstat><D:prop><D:resourcetype>{kind}</D:resourcetype>\
                 <D:getcontentlength>1</D:getcontentlength>\
                 <D:getlastmodified>Fri, 15 Jan 2027 08:00:00 GMT</D:getlastmodified></D:prop>\
                 <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>",
                escaped(&name.replace('%', "%25").replace(' ', "%20"))
            )
        };
        let responses: String = all.map(response).collect();
        let xml = format!("<?xml version=\"1.0\"?><D:multistatus xmlns:D=\"DAV:\">{responses}</D:multistatus>");
        Answer::new(207, xml).with("Content-Type", "application/xml")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
