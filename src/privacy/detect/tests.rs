//! Tables of what is found and what is not, and the measure that the work is linear.

use super::*;
use crate::privacy::partition::partition;

/// What is found in `raw`, in order, as `KIND value`.
fn finds(raw: &str) -> Vec<String> {
    partition(detect(&Text::new(raw)), |_, _| true)
        .iter()
        .map(|c| {
            let value: String = raw.chars().skip(c.start as usize).take((c.end - c.start) as usize).collect();
            format!("{} {value}", BUILT_IN[c.kind as usize])
        })
        .collect()
}

#[track_caller]
fn check(raw: &str, expect: &[&str]) {
    assert_eq!(finds(raw), expect, "in {raw:?}");
}

#[test]
fn email() {
    for (raw, found) in [
        ("write to jane.doe+x@mail.example.org.", "jane.doe+x@mail.example.org"),
        ("<JANE_DOE@EXAMPLE.ORG>", "JANE_DOE@EXAMPLE.ORG"),
        ("mailto:jane@example.org?subject=hi", "jane@example.org"),
        ("email=jane@example.org&x=1", "jane@example.org"),
        ("o'hara@example.ie,", "o'hara@example.ie"),
        ("user@xn--80ak6aa92e.com", "user@xn--80ak6aa92e.com"),
        ("почта иван@почта.рф!", "иван@почта.рф"),
        ("\"jane doe\"@example.org", "\"jane doe\"@example.org"),
        ("jane@192.168.0.1 local", "jane@192.168.0.1"),
        ("...jane@example.org...", "jane@example.org"),
        ("jane@\nexample.org", "jane@\nexample.org"),
        ("jane@exam\r\nple.org and", "jane@exam\r\nple.org"),
        ("ja\u{AD}ne＠exam\u{200B}ple．org", "ja\u{AD}ne＠exam\u{200B}ple．org"),
    ] {
        check(raw, &[&format!("EMAIL_ADDRESS {found}")]);
    }
    for raw in ["@jane", "jane@", "jane@home", "a @ b", "@@@", "x@.org", "3 apples@2 each", "jane@example.1"] {
        check(raw, &[]);
    }
}

#[test]
fn phone() {
    for (raw, found) in [
        ("+49 30 901820", "+49 30 901820"),
        ("+46 (0)8 928 571 38 fax", "+46 (0)8 928 571 38"),
        ("(+44) 20 7946 0958", "+44) 20 7946 0958"),
        ("+447700900123.", "+447700900123"),
        ("0049 30 901820", "0049 30 901820"),
        ("001-518-640-0854x123 now", "001-518-640-0854x123"),
        ("ring (415) 555-0132 ext. 12", "(415) 555-0132 ext. 12"),
        ("415-555-0132", "415-555-0132"),
        ("415.555.0132", "415.555.0132"),
        ("1-800-555-0199", "1-800-555-0199"),
        ("call me: 415 555 0132", "415 555 0132"),
        ("0490 75 40 81", "0490 75 40 81"),
        ("020 7946 0958", "020 7946 0958"),
        ("03.93.92.16.85", "03.93.92.16.85"),
        ("030/90182012", "030/90182012"),
        ("(99) 645-791", "(99) 645-791"),
        ("Phone: 451 5986", "451 5986"),
        ("Tfno: 945007767", "945007767"),
        ("Téléphone 72 128 827", "72 128 827"),
        ("416 60 039 office", "416 60 039"),
        ("Fax: 9498777106", "9498777106"),
        ("My CN number is 13812345678", "13812345678"),
        ("testdata630-596-1111", "630-596-1111"),
        ("call630-596-1111now", "630-596-1111"),
        ("＋４９\u{A0}30\u{2011}901820", "＋４９\u{A0}30\u{2011}901820"),
        ("+1 415\n555 0132", "+1 415\n555 0132"),
        ("4\u{200B}15-555-0132", "4\u{200B}15-555-0132"),
        ("٠٢٠ ٧٩٤٦ ٠٩٥٨", "٠٢٠ ٧٩٤٦ ٠٩٥٨"),
    ] {
        check(raw, &[&format!("PHONE_NUMBER {found}")]);
    }
    for raw in [
        "2024-01-15 10:20:30",
        "15.01.2024, 1/31/2024",
        "1,234,567.89 or 12.345.678",
        "3.14159265358979",
        "123e4567-e89b-12d3-a456-426614174000",
        "isbn 978-3-16-148410-0",
        "order 4003-123-4567-99",
        "$415 555 0132",
        "2015 2016 2017 2018",
        "in 1999-2004 and 2005-2010",
        "Call 2024-01-15 the day",
        "Account 123 4567",
        "call about order 1234567",
        "9498777106",
        "451 5986",
        "46 (2) 17",
        "+5 degrees, +100%",
        "scores 21-15, 15-21, 30-29",
        "the text 1 234 567",
    ] {
        check(raw, &[]);
    }
}

#[test]
fn card() {
    for (raw, found) in [
        ("4111111111111111", "4111111111111111"),
        ("4012-8888-8888-1881", "4012-8888-8888-1881"),
        ("3714 496353 98431", "3714 496353 98431"),
        ("5105 1051 0510 5100 12/27", "5105 1051 0510 5100"),
        ("30569309025904", "30569309025904"),
        ("6011000990139424", "6011000990139424"),
        ("3530111333300000", "3530111333300000"),
        ("2223003122003222", "2223003122003222"),
        ("card 503867297114", "503867297114"),
        ("card4111111111111111now", "4111111111111111"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
        ("card 4111 1111\r\n1111 1111", "4111 1111\r\n1111 1111"),
        ("４１１１–１１１１–１１１１–１１１１", "４１１１–１１１１–１１１１–１１１１"),
        ("4111\u{200B}1111\u{AD}11111111", "4111\u{200B}1111\u{AD}11111111"),
    ] {
        check(raw, &[&format!("CREDIT_CARD {found}")]);
    }
    for raw in [
        "4111111111111112",
        "1234567812345670",
        "0.4111111111111111",
        "4111111111111111.5",
        "503867297114",
        "0000000000000000",
        "a4111111111111111b2",
        "41111111111111111111111",
    ] {
        check(raw, &[]);
    }
    let three = finds("4012888888881881 4012-8888-8888-1881 4012 8888 8888 1881");
    assert_eq!(three.len(), 3, "{three:?}");
}

#[test]
fn iban() {
    for (raw, found) in [
        ("DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"),
        ("gb29nwbk60161331926819.", "gb29nwbk60161331926819"),
        ("IBANDE89370400440532013000and", "DE89370400440532013000"),
        ("DE89-3704-0044-0532-0130-00", "DE89-3704-0044-0532-0130-00"),
        ("DE89 3704 0044\n0532 0130 00", "DE89 3704 0044\n0532 0130 00"),
        ("ＤＥ８９ 3704 0044 0532 0130 00", "ＤＥ８９ 3704 0044 0532 0130 00"),
        ("NO93 8601 1117 947", "NO93 8601 1117 947"),
    ] {
        check(raw, &[&format!("IBAN_CODE {found}")]);
    }
    for raw in ["DE89 3704 0044 0532 0130 01", "DE89", "ZZ89370400440532013000", "DE893704004405320130001", "D E89"] {
        check(raw, &[]);
    }
}

#[test]
fn ip() {
    for (raw, found) in [
        ("from 192.168.1.17.", "192.168.1.17"),
        ("10.0.0.1:8080", "10.0.0.1"),
        ("v2 of the app, from 10.0.0.1", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("192.168.001.001", "192.168.001.001"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:DB8:0:0:8:800:200C:417A,", "2001:DB8:0:0:8:800:200C:417A"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ("fe80::1%eth0 up", "fe80::1%eth0"),
        ("::1", "::1"),
        ("192\u{2024}168.1\u{200B}7.1", "192\u{2024}168.1\u{200B}7.1"),
        ("１９２．１６８．１．１", "１９２．１６８．１．１"),
    ] {
        check(raw, &[&format!("IP_ADDRESS {found}")]);
    }
    for raw in [
        "256.1.1.1",
        "1.2.3",
        "1.2.3.4.5",
        "version 1.2.3.4",
        "Section no. 1.2.3.4",
        "v1.2.3.4",
        "12:30:45",
        "00:1B:44:11:3A:B7",
        "std::vec a::b",
        "MyClass::toString",
        "fe80::1text",
        "IP192.168.1.1text",
        "1:2:3:4:5:6:7:8:9",
    ] {
        check(raw, &[]);
    }
    check("http://10.1.2.3/admin?u=1", &["IP_ADDRESS 10.1.2.3", "URL /admin?u=1"]);
}

#[test]
fn url() {
    for (raw, found) in [
        ("see https://example.com/a_(b)?x=1#y.", "https://example.com/a_(b)?x=1#y"),
        ("(http://example.com)", "http://example.com"),
        ("'https://example.com/'", "https://example.com/"),
        ("ftp://example.com/x, then", "ftp://example.com/x"),
        ("www.example.co.uk", "www.example.co.uk"),
        ("www.city.vlaanderen", "www.city.vlaanderen"),
        ("http://city.newtld", "http://city.newtld"),
        ("example.com", "example.com"),
        ("RunnersPick.com is", "RunnersPick.com"),
        ("chase.bank/login", "chase.bank/login"),
        ("bücher.de/ü", "bücher.de/ü"),
        ("go to example.com.The next", "example.com"),
        ("https://user:secret@example.com/?m=jane@example.org", "https://user:secret@example.com/?m=jane@example.org"),
        ("exam\u{AD}ple.com/a", "exam\u{AD}ple.com/a"),
        ("example.co.in", "example.co.in"),
    ] {
        check(raw, &[&format!("URL {found}")]);
    }
    for raw in [
        "os.sy and rpc.py, visit main.rs",
        "the end.It was",
        "www.example",
        "ASP.NET",
        "self.user.name and self.id",
        "com.example.thing",
        "wait...what",
        "e.g. i.e. U.S.A.",
        "node.js",
        "3.in",
        "://",
        "app.net(x)",
    ] {
        check(raw, &[]);
    }
}

#[test]
fn ssn() {
    for (raw, found) in [
        ("536-22-1234", "536-22-1234"),
        ("my SSN is 536 22 1234", "536 22 1234"),
        ("536 22 1234", "536 22 1234"),
        ("social security 536221234", "536221234"),
        ("ssn536-22-1234", "536-22-1234"),
        ("536–22–1234", "536–22–1234"),
        ("536-22-\n1234", "536-22-\n1234"),
        ("５３６-２２-１２３４", "５３６-２２-１２３４"),
    ] {
        check(raw, &[&format!("US_SSN {found}")]);
    }
    for raw in [
        "000-22-1234",
        "666-22-1234",
        "900-22-1234",
        "536-00-1234",
        "536-22-0000",
        "078-05-1120",
        "536-22-12345",
        "536221234",
    ] {
        check(raw, &[]);
    }
}

/// Bytes looked at, whatever was found.
fn work(raw: &str) -> u64 {
    let text = Text::new(raw);
    let found = detect(&text);
    text.steps() + found.len() as u64
}

#[test]
fn the_work_grows_with_the_length_alone() {
    let units = [
        ".",
        "1",
        "1-",
        "1 ",
        "1.",
        "11 ",
        "12 34 ",
        "123-",
        "4111",
        "4111 1111 1111 1111 ",
        "@",
        "a@",
        "a@a.",
        "\"@",
        "a.",
        "a.com",
        "www.",
        "://",
        "http://",
        "h://",
        ":",
        "::",
        "1:",
        "f:",
        "DE89",
        "DE89 ",
        "D1",
        "(",
        "+",
        "+1",
        "+1 ",
        "(1)",
        "a",
        "x1",
        "é",
        "\u{200B}",
        "😀",
        "\n",
        "a@b\n",
        "phone 1 ",
        "1.1.1.1 ",
        "[",
        "http://[",
        "ssn 1",
        "-",
        "_",
        "'",
        "http://a.b/(",
        "a.b.c.d.e.f.g.h.",
        "1/",
        "00",
        "0 ",
        "x.Y",
        "co.uk.",
        "a.com/",
        "f.py/",
        "h://a.com/",
        "a://",
        "www.a.b/",
        "vb.net/",
        "'a.com/",
    ];
    for unit in units {
        let (once, twice) = (work(&unit.repeat(2_000)), work(&unit.repeat(4_000)));
        assert!(twice <= once * 2 + once / 10 + 1_000, "{unit:?}: {once} steps, doubled {twice}");
        let per_byte = twice as f64 / (4_000 * unit.chars().count()) as f64;
        assert!(per_byte < 400.0, "{unit:?}: {per_byte} steps for each character");
    }
}
