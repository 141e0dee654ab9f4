"""What people are called, where they live and what they browse with."""

# ruff: noqa: RUF001, RUF003  Letters of many alphabets are the point.

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

_LETTERS: Final = str.maketrans(
    {
        "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ł": "l", "а": "a", "б": "b",
        "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "к": "k",
        "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
        "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "",
        "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", "α": "a", "β": "v", "γ": "g",
        "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
        "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s",
        "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps", "ω": "o",
    }
)  # fmt: skip


@cache
def latin(name: str) -> str:
    """In the letters of an address: `Jürgen` is `juergen`, `Жуков` is `zhukov`."""
    # й and ё come apart into и and е with their marks, as é does.
    lowered = unicodedata.normalize("NFC", name).lower().translate(_LETTERS)
    bare = unicodedata.normalize("NFKD", lowered).translate(_LETTERS)
    return "".join(letter for letter in bare if letter in "abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True)
class People:
    """Names of one language. A last name is listed, or put together from the two halves."""

    language: str
    country: str
    zone: str
    cities: Sequence[str]
    first: Sequence[str]
    last: Sequence[str]
    halves: tuple[Sequence[str], Sequence[str]]

    def name(self, random: Random) -> tuple[str, str]:
        """First and last."""
        first = self.first[int(random.random() * len(self.first))]
        if random.random() < 0.6:
            return first, self.last[int(random.random() * len(self.last))]
        begin, end = self.halves
        return first, begin[int(random.random() * len(begin))] + end[
            int(random.random() * len(end))
        ]


GERMAN: Final = People(
    "de", "DE", "Europe/Berlin",
    ("Berlin", "München", "Köln", "Düsseldorf", "Würzburg", "Görlitz", "Zürich", "Wien"),
    ("Anna", "Änne", "Björn", "Bärbel", "Christian", "Dörte", "Eva", "Franziska", "Günther",
     "Hannelore", "Ingo", "Jörg", "Jürgen", "Katharina", "Käthe", "Lukas", "Maximilian", "Mia",
     "Moritz", "Niklas", "Ömer", "Paul", "Renate", "Rüdiger", "Sören", "Sophie", "Thomas",
     "Ulrike", "Ursula", "Wolfgang", "Zoë"),
    ("Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz",
     "Hoffmann", "Schäfer", "Koch", "Bauer", "Richter", "Klein", "Wolf", "Schröder", "Neumann",
     "Schwarz", "Zimmermann", "Braun", "Krüger", "Hartmann", "Lange", "Groß", "Weiß", "Strauß",
     "Köhler", "König", "Böhm", "Möller", "Jäger", "Günter", "Vogt", "Öhlschläger"),
    (("Stein", "Linden", "Kirch", "Ober", "Nieder", "Grün", "Rosen", "Hasel", "Brücken", "Mühl"),
     ("berg", "hof", "mayer", "bach", "häuser", "feld", "thal", "brück", "huber", "baum")),
)  # fmt: skip
ENGLISH: Final = People(
    "en", "GB", "Europe/London",
    ("London", "Leeds", "Boston", "Austin", "Dublin", "Sydney", "Toronto", "Glasgow"),
    ("Alice", "Ben", "Charlotte", "Daniel", "Emily", "Finn", "Grace", "Harry", "Isla", "Jack",
     "Kate", "Liam", "Megan", "Noah", "Olivia", "Peter", "Quentin", "Rose", "Samuel", "Tessa",
     "Uma", "Victor", "William", "Xander", "Yvonne", "Zach", "Chloé", "Renée"),
    ("Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Robinson",
     "Wright", "Thompson", "Evans", "Walker", "White", "Roberts", "Green", "Hall", "Wood",
     "Jackson", "Clarke", "O’Brien", "Smith-Jones", "McDonald", "Hughes", "Edwards", "Harris"),
    (("Ash", "Bright", "Cold", "Fair", "Green", "Hazel", "Long", "Stan", "West", "Wood"),
     ("ford", "ley", "ton", "well", "worth", "wood", "bury", "croft", "field", "man")),
)  # fmt: skip
TURKISH: Final = People(
    "tr", "TR", "Europe/Istanbul",
    ("İstanbul", "Ankara", "İzmir", "Diyarbakır"),
    ("Ayşe", "Barış", "Çağla", "Deniz", "Emre", "Fatma", "Gökhan", "Hüseyin", "İbrahim", "Işıl",
     "Kemal", "Mehmet", "Özge", "Şule", "Tuğçe", "Ümit", "Yıldız", "Zeynep"),
    ("Yılmaz", "Kaya", "Demir", "Şahin", "Çelik", "Yıldırım", "Öztürk", "Aydın", "Özdemir",
     "Arslan", "Doğan", "Kılıç", "Aslan", "Çetin", "Kara", "Koç", "Kurt", "Şimşek"),
    (("Ak", "Kara", "Demir", "Öz", "Gün", "Yıl", "Taş", "Er"),
     ("gül", "kaya", "taş", "oğlu", "soy", "dağ", "can", "su")),
)  # fmt: skip
POLISH: Final = People(
    "pl", "PL", "Europe/Warsaw",
    ("Warszawa", "Kraków", "Łódź", "Wrocław", "Gdańsk"),
    ("Agnieszka", "Bartłomiej", "Cezary", "Dorota", "Elżbieta", "Filip", "Grażyna", "Henryk",
     "Jędrzej", "Katarzyna", "Łukasz", "Małgorzata", "Paweł", "Rafał", "Stanisław", "Żaneta"),
    ("Nowak", "Kowalski", "Wiśniewski", "Wójcik", "Kowalczyk", "Kamiński", "Lewandowski",
     "Zieliński", "Szymański", "Woźniak", "Dąbrowski", "Kozłowski", "Jankowski", "Mazur"),
    (("Gór", "Bór", "Dęb", "Jabłoń", "Krup", "Łęc", "Ostrow", "Zawadz"),
     ("ski", "owski", "ecki", "icki", "ak", "czyk", "ewicz", "arz")),
)  # fmt: skip
RUSSIAN: Final = People(
    "ru", "RU", "Europe/Moscow",
    ("Москва", "Казань", "Пермь", "Алматы"),
    ("Алексей", "Анна", "Борис", "Виктор", "Галина", "Дмитрий", "Екатерина", "Жанна", "Иван",
     "Кирилл", "Людмила", "Михаил", "Наталья", "Ольга", "Пётр", "Светлана", "Татьяна", "Юлия"),
    ("Иванов", "Смирнов", "Кузнецов", "Попов", "Васильев", "Петров", "Соколов", "Михайлов",
     "Новиков", "Фёдоров", "Морозов", "Волков", "Алексеев", "Лебедев", "Семёнов", "Егоров"),
    (("Черно", "Бело", "Красно", "Старо", "Ново", "Добро", "Остро", "Голо"),
     ("вский", "глазов", "усов", "бородов", "руков", "носов", "горский", "польский")),
)  # fmt: skip
GREEK: Final = People(
    "el", "GR", "Europe/Athens",
    ("Αθήνα", "Θεσσαλονίκη", "Πάτρα"),
    ("Αλέξανδρος", "Βασιλική", "Γιώργος", "Δήμητρα", "Ελένη", "Ιωάννης", "Κωνσταντίνος",
     "Μαρία", "Νίκος", "Παναγιώτης", "Σοφία", "Χρήστος"),
    ("Παπαδόπουλος", "Βλάχος", "Αγγελόπουλος", "Νικολαΐδης", "Γεωργίου", "Δημητρίου",
     "Παππάς", "Καραγιάννης", "Ιωάννου", "Μακρής"),
    (("Παπα", "Καρα", "Χατζη", "Μαυρο", "Κωνσταντ", "Ανδρε"),
     ("δάκης", "ίδης", "όπουλος", "άκος", "νικολάου", "γιάννης")),
)  # fmt: skip

# With their shares of a hundred.
CROWD: Final = (
    (GERMAN, 35), (ENGLISH, 30), (RUSSIAN, 12), (POLISH, 9), (TURKISH, 8), (GREEK, 6),
)  # fmt: skip
OF_HUNDRED: Final = tuple(people for people, share in CROWD for _ in range(share))

AGENTS: Final = (
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/131.0.0.0 Safari/537.36"
    ),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0"
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/18.1 Safari/605.1.15"
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/131.0.0.0 Safari/537.36"
    ),
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
    ),
    (
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/131.0.0.0 Mobile Safari/537.36"
    ),
)
