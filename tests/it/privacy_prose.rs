//! What is found in short sentences of everyday prose: where a name begins and ends, and addresses, account and licence
//! numbers among things that look like them. The finder is the terminal's own, with its lists and weights.

#![cfg(test)]

use countersign::cli::pii::model;
use countersign::privacy::LocalRules;
use countersign::privacy::find::Finder;
use std::sync::{Arc, OnceLock};

fn finder() -> &'static Finder {
    static FINDER: OnceLock<Finder> = OnceLock::new();
    FINDER.get_or_init(|| {
        Finder::new(&LocalRules::default(), &[], Vec::new(), 50, Some(Arc::new(model().unwrap()))).unwrap()
    })
}

/// What of these kinds is found in a text.
fn found(text: &str, kinds: &[&str]) -> Vec<String> {
    let value = |start: u32, end: u32| text.chars().skip(start as usize).take((end - start) as usize).collect();
    let of = finder().find(text).into_iter().filter(|f| kinds.contains(&f.entity.as_ref()));
    of.map(|f| value(f.start, f.end)).collect()
}

#[test]
fn a_name_is_cut_from_its_sentence() {
    for (text, expect) in [
        ("Call John Smith at +1 212 555 0199", &["John Smith"][..]),
        ("Contact Mary Jones for details.", &["Mary Jones"]),
        ("Ask Peter about the invoice.", &["Peter"]),
        ("Tell Maria Lopez I said hello.", &["Maria Lopez"]),
        ("Email Susan Clark today.", &["Susan Clark"]),
        ("Text Brian Adams now", &["Brian Adams"]),
        ("Ping Steve Rogers", &["Steve Rogers"]),
        ("Drop Henry a note", &["Henry"]),
        ("Dear John,", &["John"]),
        ("Dear Mr. Brown,", &["Brown"]),
        ("Hi Anna, how are you?", &["Anna"]),
        ("Hello Robert Miller", &["Robert Miller"]),
        ("Thanks David Wilson for the help.", &["David Wilson"]),
        ("From: John Smith", &["John Smith"]),
        ("To: Emma Watson, Paul Green", &["Emma Watson", "Paul Green"]),
        ("Attn: Laura White", &["Laura White"]),
        ("Best regards,\nMichael Scott", &["Michael Scott"]),
        ("Sincerely, Elizabeth Bennet", &["Elizabeth Bennet"]),
        ("John: hi there", &["John"]),
        ("Mary: did you see Tom's mail?", &["Mary", "Tom"]),
        ("User: my name is Karen Hill", &["Karen Hill"]),
        ("my name is john smith", &["john smith"]),
        ("hi mary, call me", &["mary"]),
        ("JOHN SMITH CALLED TWICE", &["JOHN SMITH"]),
        ("PLEASE CONTACT MARY JONES", &["MARY JONES"]),
        ("Smith's car was towed.", &["Smith"]),
        ("I spoke with John Smith's wife.", &["John Smith"]),
        ("James' house is big.", &["James"]),
        ("Ms. O'Connor and Mr. O'Brien-Smith agreed.", &["O'Connor", "O'Brien-Smith"]),
        ("J. R. Smith signed the form.", &["J. R. Smith"]),
        ("Signed by John Q. Public", &["John Q. Public"]),
        ("Visit Jean-Luc Picard tomorrow.", &["Jean-Luc Picard"]),
        ("- John Smith\n- Mary Jones\n- Peter Brown", &["John Smith", "Mary Jones", "Peter Brown"]),
        ("Invite Alice, Bob and Carol.", &["Alice", "Bob", "Carol"]),
        ("Please ask Nancy Drew or Joe Hardy.", &["Nancy Drew", "Joe Hardy"]),
        ("Will Smith acted in it.", &["Will Smith"]),
        ("Estimado Juan Pérez:", &["Juan Pérez"]),
        ("Gracias, Carlos", &["Carlos"]),
        ("El señor Pedro Sánchez Gómez vive en Madrid.", &["Pedro Sánchez Gómez"]),
        ("Hola Marta, ¿qué tal?", &["Marta"]),
        ("Llame a María García al 600 123 456", &["María García"]),
        ("May I help you?", &[]),
        ("Bill the customer.", &[]),
        ("Contact Support for help.", &[]),
        ("Hi Team, please review.", &[]),
        ("Call Center hours are nine to five.", &[]),
        ("my name is on the list", &[]),
        ("Driver license number: D1234567", &[]),
        ("iban de89370400440532013000", &[]),
    ] {
        assert_eq!(found(text, &["PERSON"]), expect, "in {text:?}");
    }
}

#[track_caller]
fn all(kind: &str, cases: &[(&str, &[&str])]) {
    for (text, expect) in cases {
        assert_eq!(found(text, &[kind]), *expect, "{kind} in {text:?}");
    }
}

#[test]
fn urls_in_prose() {
    all(
        "URL",
        &[
            ("My site is http://www.SomeName.com/ if you care.", &["http://www.SomeName.com/"]),
            ("See https://www.x.net/ for more", &["https://www.x.net/"]),
            ("(see https://en.wikipedia.org/wiki/Foo_(bar)).", &["https://en.wikipedia.org/wiki/Foo_(bar)"]),
            ("go to example.com.", &["example.com"]),
            ("Visit www.example.co.uk, then call.", &["www.example.co.uk"]),
            ("open http://localhost:8080/admin?x=1", &["http://localhost:8080/admin?x=1"]),
            ("the api at api.example.io:8443/v1/users", &["api.example.io:8443/v1/users"]),
            ("Look at https://x.org/a?b=c&d=e#f!", &["https://x.org/a?b=c&d=e#f"]),
            ("<a href=\"https://example.com/x\">here</a>", &["https://example.com/x"]),
            ("[docs](https://docs.example.com/a_b)", &["https://docs.example.com/a_b"]),
            ("HTTP://WWW.EXAMPLE.COM/INDEX.HTML", &["HTTP://WWW.EXAMPLE.COM/INDEX.HTML"]),
            ("Go to acme.com/about, acme.org; and acme.net!", &["acme.com/about", "acme.org", "acme.net"]),
            ("https://user:pw@acme.com/private", &["https://user:pw@acme.com/private"]),
            ("https://müller.de/straße", &["https://müller.de/straße"]),
            ("https://bit.ly/3abcXYZ.", &["https://bit.ly/3abcXYZ"]),
            ("http://192.168.1.1:8080/admin", &["/admin"]),
            ("http://[2001:db8::1]:80/", &[]),
            ("mailto:jane@acme.com", &[]),
            ("see report.final for details", &[]),
            ("I left.Then he came. He said no.We left.", &[]),
            ("open main.py, config.json, README.md, Makefile.in", &[]),
            ("e.g. this, i.e. that, U.S. and p.m.", &[]),
            ("Node.js and ASP.NET are used", &[]),
            ("price is 3.50.Buy it", &[]),
            ("call obj.method() from package com.example.app", &[]),
            ("at 10.30 or 12:45:30", &[]),
        ],
    );
}

#[test]
fn ip_addresses_in_prose() {
    all(
        "IP_ADDRESS",
        &[
            ("192.168.1.101 is down", &["192.168.1.101"]),
            ("Server at 10.0.0.0/8 and 172.16.5.4:8080.", &["10.0.0.0/8", "172.16.5.4"]),
            ("IP address: 8.8.8.8, gateway 8.8.4.4.", &["8.8.8.8", "8.8.4.4"]),
            ("Is 10.1.2.3 yours? No, (10.1.2.4)!", &["10.1.2.3", "10.1.2.4"]),
            ("IPv6: 2001:0db8:85a3:0000:0000:8a2e:0370:7334", &["2001:0db8:85a3:0000:0000:8a2e:0370:7334"]),
            ("ping fe80::1%eth0 please", &["fe80::1%eth0"]),
            ("http://[2001:db8::1]:80/", &["2001:db8::1"]),
            ("::1 is loopback", &["::1"]),
            ("2001:db8::/32 is for docs", &["2001:db8::/32"]),
            ("::ffff:192.0.2.128 mapped", &["::ffff:192.0.2.128"]),
            ("hers is 2a02:908:1a2::1.", &["2a02:908:1a2::1"]),
            ("upgrade to version 1.2.3.4 now", &[]),
            ("OS build 10.0.22621.2506, firmware v1.2.3.4", &[]),
            ("section 1.2.3.4.5 applies, chapter 3.2.1.4 too", &[]),
            ("256.1.1.1 is no address", &[]),
            ("time 12:34:56 and ratio 1:2:3, or 10:20::30", &[]),
            ("std::vector and a::b, a::b::c", &[]),
        ],
    );
}

#[test]
fn account_numbers_in_prose() {
    all(
        "IBAN_CODE",
        &[
            ("My IBAN is GB29 NWBK 6016 1331 9268 19.", &["GB29 NWBK 6016 1331 9268 19"]),
            ("pay to GB29NWBK60161331926819, thanks", &["GB29NWBK60161331926819"]),
            ("iban de89370400440532013000", &["de89370400440532013000"]),
            ("iban: gb29 nwbk 6016 1331 9268 19", &["gb29 nwbk 6016 1331 9268 19"]),
            ("(FR14 2004 1010 0505 0001 3M02 606)", &["FR14 2004 1010 0505 0001 3M02 606"]),
            ("IBAN:NL91ABNA0417164300", &["NL91ABNA0417164300"]),
            ("ES91-2100-0418-4502-0005-1332", &["ES91-2100-0418-4502-0005-1332"]),
            (
                "DE89 3704 0044 0532 0130 00 and GB82WEST12345698765432",
                &["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
            ),
            ("GB29 NWBK 6016 1331 9268 18 has a typo", &[]),
            ("part DE89370400440532013001", &[]),
            ("XX29 NWBK 6016 1331 9268 19", &[]),
        ],
    );
}

#[test]
fn driver_licences_in_prose() {
    all(
        "US_DRIVER_LICENSE",
        &[
            ("my driver's license is H12234567", &["H12234567"]),
            ("Driver license number: D1234567", &["D1234567"]),
            ("what is your drivers license? it's S99988801", &["S99988801"]),
            ("DL# 94235580", &["94235580"]),
            ("driver's licence no F255-921-50-094-0 (Florida)", &["F255-921-50-094-0"]),
            ("Her California driver license, B7654321, expired", &["B7654321"]),
            ("Her driver license is R123-4567-8901 from Illinois.", &["R123-4567-8901"]),
            ("Texas driver's license 84730195 please", &["84730195"]),
            ("NY license number 482 917 365", &["482 917 365"]),
            ("The license number on file: J525-4209-0465-05", &["J525-4209-0465-05"]),
            ("driving license RQ847362 (Ohio)", &["RQ847362"]),
            ("Michigan driver license S 482 917 365 012", &["S 482 917 365 012"]),
            ("NJ driver's license: A4821 59637 08142", &["A4821 59637 08142"]),
            ("driver license K00-48-2917", &["K00-48-2917"]),
            ("ND driver's license ABC-48-2917", &["ABC-48-2917"]),
            ("Washington driver's license WDLABCD456DG", &["WDLABCD456DG"]),
            ("order A1234567 shipped, part H12234567 is sold out", &[]),
            ("license plate KLM 4829", &[]),
            ("software license key A1234567", &[]),
            ("public policy D1234567", &[]),
            ("license agreement 20240101 signed", &[]),
            ("She got her driver's license in 2019.", &[]),
            ("fishing license fees rose by 48291", &[]),
            ("driver version 31.0.15.4601", &[]),
            ("driver's license expires 2027-03-04", &[]),
        ],
    );
}
