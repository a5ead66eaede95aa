"""What the frame of a page says, in the languages of the course; the text of the chapters is translated elsewhere."""

from .words_of_stage import STAGE

WORDS = {
    "en": {
        "all": "All",
        "by": "the authors of the course",
        "chapters": "Chapters",
        "checked_numbers": ["✓ checked: {} number", "✓ checked: {} numbers"],
        "checked_statements": ["✓ checked: {} statement", "✓ checked: {} statements"],
        "download": "Download this notebook",
        "draw": "Show the drawing code",
        "edit": "Edit this page",
        "issue": "Open an issue",
        "licence": "text and pictures CC BY 4.0, code BSD 3-Clause",
        "lost": "There is no such page",
        "lost_text": "The address may be old or mistyped. The course begins here:",
        "minutes": "{} {} min",
        "misconception": "Wrong",
        "modes": ["Colours: as the device", "Colours: light", "Colours: dark"],
        "more": "Show more results",
        "next": "Next",
        "plot_ends": "the textbook’s plot ends here",
        "previous": "Previous",
        "proof": "Proof",
        "reading": "Reading",
        "repair": "Right with a repair",
        "right": "Right",
        "search": "Search",
        "search_needs_script": "The search needs JavaScript; everything else here works without it.",
        "setup": "Set-up",
        "show_code": "Show the code",
        "skip": "Skip to the text",
        "solution": "Solution",
        "tested": "✓ tested",
        "toc": "On this page",
        "tracks": {"core": "Core", "exercises": "exercises", "deeper": "deeper"},
        "turn": "Previous and next chapter",
        "wrong": "Not so",
    },
    "ru": {
        "all": "Все",
        "by": "авторы курса",
        "chapters": "Главы",
        "checked_numbers": ["✓ проверено: {} число", "✓ проверено: {} числа", "✓ проверено: {} чисел"],
        "checked_statements": ["✓ проверено: {} утверждение", "✓ проверено: {} утверждения", "✓ проверено: {} утверждений"],
        "download": "Скачать этот блокнот",
        "draw": "Показать код рисунка",
        "edit": "Исправить эту страницу",
        "issue": "Сообщить об ошибке",
        "licence": "текст и рисунки CC BY 4.0, код BSD 3-Clause",
        "lost": "Такой страницы нет",
        "lost_text": "Возможно, адрес устарел или в нём опечатка. Курс начинается здесь:",
        "minutes": "{} {} мин",
        "misconception": "Неверно",
        "modes": ["Цвета: как на устройстве", "Цвета: светлые", "Цвета: тёмные"],
        "more": "Показать ещё",
        "next": "Дальше",
        "plot_ends": "здесь кончается рисунок учебника",
        "previous": "Назад",
        "proof": "Доказательство",
        "reading": "Чтение",
        "repair": "Верно с поправкой",
        "right": "Верно",
        "search": "Поиск",
        "search_needs_script": "Для поиска нужен JavaScript; всё остальное работает без него.",
        "setup": "Подготовка",
        "show_code": "Показать код",
        "skip": "Перейти к тексту",
        "solution": "Решение",
        "tested": "✓ проверено",
        "toc": "На этой странице",
        "tracks": {"core": "Основа", "exercises": "упражнения", "deeper": "глубже"},
        "turn": "Предыдущая и следующая глава",
        "wrong": "Нет",
    },
    "bn": {
        "all": "সব",
        "by": "কোর্সের লেখকেরা",
        "chapters": "অধ্যায়",
        "checked_numbers": ["✓ যাচাই করা: {}টি সংখ্যা"],
        "checked_statements": ["✓ যাচাই করা: {}টি উক্তি"],
        "download": "এই নোটবুক ডাউনলোড করুন",
        "draw": "ছবির কোড দেখান",
        "edit": "এই পাতা সম্পাদনা করুন",
        "issue": "ভুল জানান",
        "licence": "লেখা ও ছবি CC BY 4.0, কোড BSD 3-Clause",
        "lost": "এমন কোনো পাতা নেই",
        "lost_text": "ঠিকানাটি পুরোনো বা ভুল হতে পারে। কোর্স এখান থেকে শুরু:",
        "minutes": "{} {} মিনিট",
        "misconception": "ভুল",
        "modes": ["রং: যন্ত্রের মতো", "রং: হালকা", "রং: গাঢ়"],
        "more": "আরও ফল দেখান",
        "next": "পরের",
        "plot_ends": "পাঠ্যবইয়ের ছবি এখানে শেষ",
        "previous": "আগের",
        "proof": "প্রমাণ",
        "reading": "পড়া",
        "repair": "সংশোধন করলে ঠিক",
        "right": "ঠিক",
        "search": "খুঁজুন",
        "search_needs_script": "খোঁজার জন্য JavaScript লাগে; বাকি সব এটি ছাড়াই চলে।",
        "setup": "প্রস্তুতি",
        "show_code": "কোড দেখান",
        "skip": "লেখায় যান",
        "solution": "সমাধান",
        "tested": "✓ পরীক্ষিত",
        "toc": "এই পাতায়",
        "tracks": {"core": "মূল অংশ", "exercises": "অনুশীলন", "deeper": "আরও গভীরে"},
        "turn": "আগের ও পরের অধ্যায়",
        "wrong": "না",
    },
}


def words(language):
    """The words of a language such as ``ru`` or ``ru_RU``; English where there are none."""
    short = (language or "en")[:2]
    short = short if short in WORDS else "en"
    return WORDS[short] | {"stage": STAGE[short]}


def counted(language, what, number):
    """A phrase with a number in it, in the form that the language has for this number."""
    forms = words(language)[what]
    if (language or "en")[:2] == "ru":
        tens, ones = number % 100, number % 10
        form = 2 if 11 <= tens <= 14 or ones == 0 or ones >= 5 else min(ones - 1, 1)
    else:
        form = min(int(number != 1), len(forms) - 1)
    return forms[form].format(number)
