//! Words that tell what a number nearby is: "Tel.", "card", "SSN".
//!
//! One pass notes where they stand; a scanner then asks whether one of a topic ends shortly before a place. Whole words
//! only: a part of a word ("lic" in "public") says nothing.

use crate::privacy::fold::{Text, is_letter};

/// What a telling word is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Telephones.
    Phone,
    /// What one does with a telephone, and with other things.
    Call,
    /// Payment cards.
    Card,
    /// US social security.
    Ssn,
    /// Hosts and networks.
    Ip,
    /// Web sites.
    Site,
    /// Versions, sections: numbers with dots that are no address.
    Version,
    /// The word "number", of whatever.
    Number,
    /// Orders, invoices, accounts: numbers that are no telephone.
    Record,
}

fn topic(word: &[u8]) -> Option<Topic> {
    let mut lower = [0u8; 12];
    for (to, from) in lower.get_mut(..word.len())?.iter_mut().zip(word) {
        *to = from.to_ascii_lowercase();
    }
    Some(match lower.get(..word.len())? {
        b"phone" | b"phones" | b"telephone" | b"tel" | b"telefon" | b"telefone" | b"telefono" | b"fon" | b"mobile"
        | b"mobil" | b"movil" | b"cell" | b"cellphone" | b"cellular" | b"handy" | b"gsm" | b"fax" | b"telefax"
        | b"dial" | b"sms" | b"whatsapp" | b"landline" | b"hotline" | b"desk" | b"portable" | b"telf" | b"tlf"
        | b"tlfno" | b"tfno" | b"tfn" | b"telefonos" | b"fono" | b"puhelin" | b"telefoon" | b"celular"
        | b"voicemail" | b"ph" | b"mob" | b"handynummer" | b"telefonnummer" | b"rufnummer" => Topic::Phone,
        b"call" | b"calling" | b"called" | b"calls" | b"ring" | b"text" | b"contact" | b"callback" | b"reach"
        | b"appeler" | b"llamar" | b"anrufen" | b"chiamare" => Topic::Call,
        b"card" | b"cards" | b"credit" | b"debit" | b"visa" | b"mastercard" | b"amex" | b"maestro" | b"discover"
        | b"jcb" | b"diners" | b"cc" | b"kreditkarte" | b"karte" | b"tarjeta" | b"carte" | b"carta" | b"creditcard" => {
            Topic::Card
        }
        b"ssn" | b"ssns" | b"social" | b"ssid" | b"ss" => Topic::Ssn,
        b"ip" | b"ipv" | b"host" | b"server" | b"address" | b"gateway" | b"subnet" | b"dns" | b"ping" | b"network"
        | b"router" | b"loopback" | b"client" | b"login" => Topic::Ip,
        b"site" | b"website" | b"web" | b"url" | b"link" | b"visit" | b"homepage" | b"page" | b"domain" | b"blog" => {
            Topic::Site
        }
        b"version" | b"versions" | b"ver" | b"v" | b"section" | b"sec" | b"release" | b"build" | b"firmware"
        | b"chapter" | b"clause" | b"oid" | b"rev" => Topic::Version,
        b"number" | b"num" | b"nr" | b"no" => Topic::Number,
        b"order" | b"invoice" | b"account" | b"acct" | b"ticket" | b"case" | b"reference" | b"ref" | b"isbn"
        | b"issn" | b"serial" | b"tracking" | b"parcel" | b"item" | b"sku" | b"part" | b"model" | b"id" | b"file"
        | b"cik" | b"iban" | b"routing" | b"policy" | b"passport" | b"ean" | b"upc" | b"imei" | b"doi" | b"patent" => {
            Topic::Record
        }
        _ => return None,
    })
}

/// Where telling words stand in one text.
pub struct Context {
    /// End of each word, in order, and its topic.
    words: Vec<(u32, Topic)>,
}

impl Context {
    /// How far before a place a word still tells, in folded bytes.
    const REACH: u32 = 40;

    /// One pass over the text.
    pub fn new(text: &Text) -> Self {
        let mut words = Vec::new();
        let mut start = None;
        for i in 0..=text.len() {
            match (is_letter(text.at(i)), start) {
                (true, None) => start = Some(i),
                (false, Some(from)) => {
                    if i - from <= 12
                        && let Some(topic) = topic(text.slice(from, i))
                    {
                        words.push((i as u32, topic));
                    }
                    start = None;
                }
                _ => {}
            }
        }
        Self { words }
    }

    /// A word of `topic` ends in the 40 characters before `at`.
    pub fn has(&self, at: usize, topic: Topic) -> bool {
        self.last(at, &[topic]).is_some()
    }

    /// The nearest word before `at`, within reach, of one of `topics`.
    pub fn last(&self, at: usize, topics: &[Topic]) -> Option<Topic> {
        self.nearest(at, topics, Self::REACH)
    }

    /// A word of `topic` ends right before `at`, with no more than a sign or a short word between.
    pub fn right_before(&self, at: usize, topic: Topic) -> bool {
        self.nearest(at, &[topic], 5).is_some()
    }

    fn nearest(&self, at: usize, topics: &[Topic], reach: u32) -> Option<Topic> {
        let at = at as u32;
        let before = self.words.partition_point(|(end, _)| *end <= at);
        let near = self.words.iter().take(before).rev().take_while(|(end, _)| at - end <= reach);
        near.map(|(_, topic)| *topic).find(|topic| topics.contains(topic))
    }
}
