//! The labeling configuration, read from outside: real templates, the traps among them, bad XML, limits, style.

#![cfg(test)]

use countersign::domain::schema::{ControlKind, FieldSource, TextPurpose};
use countersign::labeling::{self, Condition, Config, ConfigError, Node, style};
use expect_test::expect;
use proptest::prelude::*;

fn parse(xml: &str) -> Config {
    labeling::parse(xml).unwrap_or_else(|e| panic!("{e}: {xml}"))
}

fn complaints(config: &Config) -> String {
    config.complaints.iter().map(|c| format!("{}: {}\n", c.place, c.what)).collect()
}

fn templates() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/label-studio/templates");
    let mut list: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("fixtures are there")
        .map(|entry| {
            let path = entry.expect("readable").path();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    list.sort();
    list
}

#[test]
fn all_templates_are_read_and_each_unknown_tag_is_named() {
    let templates = templates();
    assert_eq!(templates.len(), 44);
    let known =
        ["view", "header", "text", "choices", "choice", "labels", "label", "taxonomy", "textarea", "rating", "style"];
    for (name, xml) in &templates {
        let config = parse(xml);
        let said = complaints(&config);
        let document = roxmltree::Document::parse(xml).unwrap();
        for tag in document.descendants().filter(|n| n.is_element()).map(|n| n.tag_name().name()) {
            let part_of_another = ["Relation", "Channel", "Bucket"].contains(&tag);
            if !known.contains(&tag.to_lowercase().as_str()) && !part_of_another {
                assert!(said.contains(&format!("tag <{tag}>: this tag is not supported")), "{name}: {tag}: {said}");
            }
        }
        for control in &config.schema.controls {
            assert!(!control.to_fields.is_empty(), "{name}: {}", control.name);
            assert!(control.to_fields.iter().all(|f| config.schema.field(f).is_some()), "{name}");
        }
        let stored = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&stored).unwrap(), config, "{name}");
    }
}

#[test]
fn damaged_templates_do_not_panic() {
    for (_, xml) in templates() {
        for (at, c) in xml.char_indices().step_by(41) {
            let _ = labeling::parse(&xml[..at]);
            let _ = labeling::parse(&format!("{}{}", &xml[..at], &xml[at + c.len_utf8()..]));
        }
    }
}

#[test]
fn text_templates_lose_nothing() {
    let clean: Vec<String> =
        templates().into_iter().filter(|(_, xml)| parse(xml).complaints.is_empty()).map(|(name, _)| name).collect();
    expect![[r#"
        [
            "community-contributions__ner-tagging-invoices-bio-format",
            "conversational-ai__coreference-resolution-and-entity-linking",
            "generative-ai__response-grading",
            "natural-language-processing__content-moderation",
            "natural-language-processing__machine-translation",
            "natural-language-processing__text-classification",
            "natural-language-processing__text-summarization",
        ]
    "#]]
    .assert_debug_eq(&clean);
}

#[test]
fn every_kind_of_control() {
    let config = parse(
        r##"<!-- {"text": "sample"} --><View className="a b;c" style="display:flex; position:fixed">
  <Header value="Read" size="2"/><Header>$title</Header><Text name="t" value="$text"/>
  <Text name="fixed" value="as it stands"/>
  <Choices name="c" toName="t" choice="multiple" required="TRUE" showInLine="true" title="Which?">
    <Choice value="A long one" alias="a" hint="h" hotkey="1" background="#ff0000"/><Choice value="B" background="url(x)"/></Choices>
  <Labels name="l" toName="t,fixed"><Label value="PER" background="rgb(1, 2, 3)"/></Labels>
  <Taxonomy name="x" toName="t" leafsOnly="true" maxUsages="3"><Choice value="Bio"><Choice value="Cat"/></Choice><Choice value="Geo"/></Taxonomy>
  <TextArea name="fix" toName="t" value="$text" rows="4" placeholder="…" maxSubmissions="1"/>
  <TextArea name="whyNot" toName="t"/><TextArea name="free" toName="t" purpose="rationale"/>
  <Rating name="r" toName="t" maxRating="10" perRegion="true"/>
</View>"##,
    );
    assert_eq!(config.shown_keys(), ["text", "title"]);
    expect![[r#"
        line 5, tag <Choice>: background is not a plain colour; a colour is chosen instead
        line 1, tag <View>: property position is left out
    "#]]
    .assert_eq(&complaints(&config));
    expect![[r##"
        {
          "fields": [
            {
              "name": "t",
              "source": {
                "data": "text"
              }
            },
            {
              "name": "fixed",
              "source": {
                "literal": "as it stands"
              }
            }
          ],
          "controls": [
            {
              "name": "c",
              "to_fields": [
                "t"
              ],
              "title": "Which?",
              "required": true,
              "per_region": false,
              "kind": {
                "choices": {
                  "multiple": true,
                  "choices": [
                    {
                      "value": "a",
                      "shown": "A long one",
                      "hint": "h",
                      "hotkey": "1",
                      "background": "#ff0000"
                    },
                    {
                      "value": "B",
                      "shown": null,
                      "hint": null,
                      "hotkey": null,
                      "background": null
                    }
                  ]
                }
              }
            },
            {
              "name": "l",
              "to_fields": [
                "t",
                "fixed"
              ],
              "title": null,
              "required": false,
              "per_region": false,
              "kind": {
                "labels": {
                  "multiple": false,
                  "labels": [
                    {
                      "value": "PER",
                      "shown": null,
                      "hint": null,
                      "hotkey": null,
                      "background": "rgb(1, 2, 3)"
                    }
                  ]
                }
              }
            },
            {
              "name": "x",
              "to_fields": [
                "t"
              ],
              "title": null,
              "required": false,
              "per_region": false,
              "kind": {
                "taxonomy": {
                  "roots": [
                    {
                      "option": {
                        "value": "Bio",
                        "shown": null,
                        "hint": null,
                        "hotkey": null,
                        "background": null
                      },
                      "children": [
                        {
                          "option": {
                            "value": "Cat",
                            "shown": null,
                            "hint": null,
                            "hotkey": null,
                            "background": null
                          },
                          "children": []
                        }
                      ]
                    },
                    {
                      "option": {
                        "value": "Geo",
                        "shown": null,
                        "hint": null,
                        "hotkey": null,
                        "background": null
                      },
                      "children": []
                    }
                  ],
                  "leaves_only": true,
                  "max_usages": 3
                }
              }
            },
            {
              "name": "fix",
              "to_fields": [
                "t"
              ],
              "title": null,
              "required": false,
              "per_region": false,
              "kind": {
                "text_area": {
                  "rows": 4,
                  "placeholder": "…",
                  "max_submissions": 1,
                  "purpose": "correction"
                }
              }
            },
            {
              "name": "whyNot",
              "to_fields": [
                "t"
              ],
              "title": null,
              "required": false,
              "per_region": false,
              "kind": {
                "text_area": {
                  "rows": 1,
                  "placeholder": "",
                  "max_submissions": null,
                  "purpose": "rationale"
                }
              }
            },
            {
              "name": "free",
              "to_fields": [
                "t"
              ],
              "title": null,
              "required": false,
              "per_region": false,
              "kind": {
                "text_area": {
                  "rows": 1,
                  "placeholder": "",
                  "max_submissions": null,
                  "purpose": "rationale"
                }
              }
            },
            {
              "name": "r",
              "to_fields": [
                "t"
              ],
              "title": null,
              "required": false,
              "per_region": true,
              "kind": {
                "rating": {
                  "max": 10
                }
              }
            }
          ]
        }"##]]
    .assert_eq(&serde_json::to_string_pretty(&config.schema).unwrap());
    expect![[r#"
        {
          "root": {
            "view": {
              "class": [
                "cs-u-a"
              ],
              "style": [
                [
                  "display",
                  "flex"
                ]
              ],
              "condition": null,
              "children": [
                {
                  "header": {
                    "level": 2,
                    "text": {
                      "literal": "Read"
                    }
                  }
                },
                {
                  "header": {
                    "level": 4,
                    "text": {
                      "data": "title"
                    }
                  }
                },
                {
                  "text": {
                    "field": "t"
                  }
                },
                {
                  "text": {
                    "field": "fixed"
                  }
                },
                {
                  "control": {
                    "control": "c"
                  }
                },
                {
                  "control": {
                    "control": "l"
                  }
                },
                {
                  "control": {
                    "control": "x"
                  }
                },
                {
                  "control": {
                    "control": "fix"
                  }
                },
                {
                  "control": {
                    "control": "whyNot"
                  }
                },
                {
                  "control": {
                    "control": "free"
                  }
                },
                {
                  "control": {
                    "control": "r"
                  }
                }
              ]
            }
          },
          "stylesheet": ""
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&config.layout).unwrap());
}

#[test]
fn who_a_control_is_about() {
    for (name, body, expect) in [
        ("several", r#"<Choices name="c" toName="a, b"><Choice value="1"/></Choices>"#, Some(vec!["a", "b"])),
        ("none said", r#"<Choices name="c"><Choice value="1"/></Choices>"#, Some(vec!["a"])),
        ("a wrong name", r#"<Labels name="c" toName="z"><Label value="1"/></Labels>"#, Some(vec!["a"])),
        (
            "an image",
            r#"<Image name="i" value="$i"/><Choices name="c" toName="i"><Choice value="1"/></Choices>"#,
            Some(vec!["a"]),
        ),
        (
            "marks on an image",
            r#"<Image name="i" value="$i"/><Labels name="c" toName="i"><Label value="1"/></Labels>"#,
            None,
        ),
        (
            "of regions of an image",
            r#"<Image name="i" value="$i"/><Rating name="c" toName="i" perRegion="true"/>"#,
            None,
        ),
        ("of regions that nothing marks", r#"<Rating name="c" toName="a" perRegion="true"/>"#, None),
    ] {
        let config = parse(&format!(r#"<View><Text name="a" value="$a"/><Text name="b" value="$b"/>{body}</View>"#));
        let control = config.schema.control("c");
        assert_eq!(control.map(|c| c.to_fields.iter().map(String::as_str).collect::<Vec<_>>()), expect, "{name}");
        assert_eq!(expect.is_none(), !format!("{:?}", config.layout).contains("Control"), "{name}: the layout follows");
        assert!(name == "several" || !config.complaints.is_empty(), "{name}");
    }
    let config = parse(
        r#"<View><Text name="a" value="$a"/><Pairwise name="p" toName="x"/><Rating name="c" toName="p"/></View>"#,
    );
    assert_eq!(config.written_to.get("c").map(String::as_str), Some("p"));
}

#[test]
fn traps() {
    let check = |xml: &str, expect: &str| {
        let config = parse(&format!(r#"<View><Text name="t" value="$t"/>{xml}</View>"#));
        let said = complaints(&config);
        assert!(said.contains(expect), "{xml}: {said:?} lacks {expect:?}");
        config
    };
    let config = check(r#"<Choices name="t" toName="t"><Choice value="1"/></Choices>"#, "its name is taken");
    assert!(config.schema.controls.is_empty());
    check(r#"<Choices name="c" toName="t" value="$list"/>"#, "offers nothing to choose");
    check(r#"<Choices name="c" toName="t" value="$list"><Choice value="1"/></Choices>"#, "from the task's data");
    let config =
        check(r#"<Choices name="c" toName="t"><Choice value="1"/><Choice value="1"/></Choices>"#, "an earlier one");
    assert!(matches!(&config.schema.controls[0].kind, ControlKind::Choices { choices, .. } if choices.len() == 1));
    check(
        r#"<Choices name="c" toName="t"><Choice value="1"/><Label value="2"/></Choices>"#,
        "not read inside a control",
    );
    check(r#"<Choices name="c" toName="t"><Choice value="1"><Choice value="2"/></Choice></Choices>"#, "offered beside");
    check(r#"<Choices name="c" toName="t"><Choice/></Choices>"#, "has no value");
    check(r#"<Choice value="1"/>"#, "stands outside a control");
    check(r#"<Rating name="c" toName="t" maxRating="-1"/>"#, "maxrating is no number");
    check(r#"<Text name="u" value="before $x after"/>"#, "shown as it is written");
    check(r#"<Text value="$x"/>"#, "has no name");
    check(
        r#"<View visibleWhen="choice-selected" whenTagName="c"><Rating name="r" toName="t" required="true"/></View>"#,
        "not enforced",
    );
    check(r#"<Rating name="r" toName="t" visibleWhen="moon-full"/>"#, "not known");
    let config = parse(
        "\u{feff}<view><TEXT NAME='t' VALUE='$t'/><cHoIcEs Name='c' toname='t'><choice VALUE='1'/></cHoIcEs></view>",
    );
    assert_eq!((config.complaints.len(), config.schema.controls.len()), (0, 1), "case does not matter");
    let config = parse("<Text name='t' value='$a.b'/>");
    assert_eq!(config.schema.fields[0].source, FieldSource::Data("a.b".into()));
}

#[test]
fn conditions_are_data() {
    let config = parse(
        r#"<View><Text name="t" value="$t"/><Labels name="l" toName="t"><Label value="A"/></Labels>
<View visibleWhen="choice-selected" whenTagName="c" whenChoiceValue="x, y"><Header value="h"/></View>
<Rating name="r" toName="t" perRegion="true" whenLabelValue="A"/><Rating name="q" toName="t" visibleWhen="no-region-selected"/></View>"#,
    );
    let Node::View { children, .. } = &config.layout.root else { panic!("a view") };
    let conditions: Vec<_> = children
        .iter()
        .filter_map(|node| match node {
            Node::View { condition, .. } => condition.clone(),
            _ => None,
        })
        .collect();
    let expect = vec![
        Condition::ChoiceSelected { control: "c".into(), values: vec!["x".into(), "y".into()] },
        Condition::RegionSelected { control: None, labels: vec!["A".into()] },
        Condition::NoRegionSelected,
    ];
    assert_eq!(conditions, expect);
}

#[test]
fn purposes() {
    for (attributes, expect) in [
        (r#"name="rationale""#, TextPurpose::Rationale),
        (r#"name="the_reason""#, TextPurpose::Rationale),
        (r#"name="why""#, TextPurpose::Rationale),
        (r#"name="whyte""#, TextPurpose::Answer),
        (r#"name="correctedText""#, TextPurpose::Correction),
        (r#"name="incorrect_use""#, TextPurpose::Answer),
        (r#"name="rationales""#, TextPurpose::Rationale),
        (r#"name="seasonal""#, TextPurpose::Answer),
        (r#"name="why" purpose="answer""#, TextPurpose::Answer),
        (r#"name="x" purpose="correction""#, TextPurpose::Correction),
        (r#"name="x" value="$t""#, TextPurpose::Correction),
        (r#"name="x" value="$other""#, TextPurpose::Answer),
    ] {
        let config = parse(&format!(r#"<View><Text name="t" value="$t"/><TextArea toName="t" {attributes}/></View>"#));
        let ControlKind::TextArea { purpose, .. } = config.schema.controls[0].kind else { panic!("{attributes}") };
        assert_eq!(purpose, expect, "{attributes}");
    }
}

#[test]
fn bad_xml_is_refused_with_its_place() {
    let check = |xml: &str, expect: &str| {
        assert_eq!(labeling::parse(xml).expect_err(xml).to_string(), expect, "{xml}");
    };
    check("", "line 1:1: the document does not have a root node");
    check("<View>", "line 1:1: the root node was opened but never closed");
    check("<View>\n  <Text></View>", "line 2:9: expected 'Text' tag, not 'View'");
    check("<View a='1' a='2'/>", "line 1:13: attribute 'a' is already defined");
    check("<View>&nbsp;</View>", "line 1:7: unknown entity reference 'nbsp'");
    check("just text", "line 1:1: unknown token");
    let bomb = r#"<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<View>&lol2;</View>"#;
    check(bomb, "line 2:1: a document type declaration is refused; remove <!DOCTYPE>");
    let external = "<!DOCTYPE v SYSTEM \"file:///etc/passwd\"><View/>";
    check(external, "line 1:1: a document type declaration is refused; remove <!DOCTYPE>");
    assert_eq!(labeling::parse_bytes(b"<View>\xff</View>"), Err(ConfigError::NotUtf8 { at: 6 }));
}

#[test]
fn style_stays_in_its_scope() {
    let check = |css: &str, expect: &str| {
        let config = parse(&format!("<View><Style><![CDATA[{css}]]></Style></View>"));
        assert_eq!(config.layout.stylesheet, expect, "{css}");
        assert!(config.layout.stylesheet.lines().all(|line| line.starts_with(style::SCOPE)));
        complaints(&config).lines().count() - 1
    };
    let fine = [
        (".a { color: red }", ".cs-config .cs-u-a { color: red }\n"),
        (
            "h2, .a:hover > p{margin:0 1em;padding : 2px}",
            ".cs-config h2, .cs-config .cs-u-a:hover > p { margin: 0 1em; padding: 2px }\n",
        ),
        ("/* } */ p { width: calc(100% - (2 * 3px)) /* ; */; }", ".cs-config p { width: calc(100% - (2 * 3px)) }\n"),
        (".a{grid-template-areas: 'l r' 'x y'}", ".cs-config .cs-u-a { grid-template-areas: 'l r' 'x y' }\n"),
        (".a{margin: var(--gap-small) auto}", ".cs-config .cs-u-a { margin: var(--gap-small) auto }\n"),
    ];
    for (css, expect) in fine {
        assert_eq!(check(css, expect), 0, "{css}");
    }
    for css in [
        "@import 'http://x/y.css';",
        "@media screen { .a { color: red } }",
        "@font-face{src:url(x)}",
        ".a { background: url(http://x/?leak) }",
        ".a { background: URL(x) }",
        ".a { background: image-set('x' 1x) }",
        r".a { background: \75rl(x) }",
        ".a { width: expression(alert(1)) }",
        ".a { behavior: x; -moz-binding: y; content: 'z' }",
        ".a { position: fixed }",
        ".a { z-index: 9; transform: none; animation: a }",
        ".a { --accent: red }",
        ".a { color: red !important }",
        ".a { margin: -99em }",
        ".a { margin-top: calc(1px - 99px) }",
        ":root { color: red }",
        ":host { color: red }",
        "html { color: red }",
        "BODY .a { color: red }",
        "~ .a { color: red }",
        "+ .a { color: red }",
        "> .a { color: red }",
        ".a ~ { color: red }",
        ":is(html) { color: red }",
        ":not(.a) { color: red }",
        "[value^='a'] { color: red }",
        "#id { color: red }",
        ".a::before { color: red }",
        "{ color: red }",
        ".a { .b { color: red } }",
        ".a { color: 'unclosed }",
        ".a { color: rgb(1,2 }",
        ".a { color: a)b( }",
        ".a { color: </style><script> }",
    ] {
        assert!(check(css, "") > 0, "{css}");
    }
    let config = parse("<View><Style>.a{color:red}<!-- .b{color:red} -->\n.c > p{color:blue}</Style></View>");
    let expect = ".cs-config .cs-u-a { color: red }\n.cs-config .cs-u-c > p { color: blue }\n";
    assert_eq!(config.layout.stylesheet, expect, "an XML comment inside is none of it");
    let config = parse(r#"<View style="display:grid; background:url(x); top:0; color : red"/>"#);
    let Node::View { style, .. } = &config.layout.root else { panic!("a view") };
    assert_eq!(style, &[("display".into(), "grid".into()), ("color".into(), "red".to_owned())]);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        let _ = labeling::parse(&text);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = labeling::parse_bytes(&bytes);
    }

    #[test]
    fn no_tags_make_it_panic(parts in proptest::collection::vec(prop_oneof![
        Just("<View>"), Just("</View>"), Just("<Text name='t' value='$t'/>"), Just("<Choices name='c' toName='t'>"), Just("</Choices>"),
        Just("<Choice value='a'>"), Just("</Choice>"), Just("<Style>"), Just("</Style>"), Just(".a{color:red}"), Just("<!--"), Just("-->"),
        Just("<![CDATA["), Just("]]>"), Just("&amp;"), Just("<Rating"), Just("/>"), Just(" perRegion='true'"), Just("é😀")], 0..40)) {
        let _ = labeling::parse(&parts.concat());
    }

    #[test]
    fn no_style_leaves_the_scope(css in "[a-z.#:>~+*,{};()'\"/@ \\\\-]{0,80}") {
        let config = labeling::parse(&format!("<View><Style><![CDATA[{css}]]></Style></View>"));
        if let Ok(config) = config {
            for line in config.layout.stylesheet.lines() {
                prop_assert!(line.starts_with(".cs-config ") && line.ends_with(" }"), "{}", line);
                prop_assert!(!line.contains("url(") && !line.contains('@') && !line.contains('\\'), "{}", line);
            }
        }
    }
}
