"""What is said on paper around the questions, and on the pages that lead to it, in the languages of the course."""

PAPERS = {
    "en": {
        "either": "Right, right with a repair (true once a word or a condition is added), or wrong? Say why, and give the repair.",
        "head": "{minutes} minutes · {minutes} marks · one mark is a minute",
        "lines": "Put the lines in order: write their letters.",
        "mark": ["[{} mark]", "[{} marks]"],
        "number": "Show your working.",
        "options": "Choose one, and say why.",
        "pdf": "{title}: PDF, {pages} pages of A4",
        "questions": "Where the book asks this paper’s questions",
        "rules": "No books, no notes; a calculator with ln is allowed.",
        "scheme": "Marking scheme",
        "scheme_of": {
            "choice": "{letter} is right: 1 mark. The reason: {rest}.",
            "number": "{value}, to three digits: 1 mark. The working: {rest}, shared equally among its steps.",
            "order": "{letters}. Deduct one mark for every line that would have to be moved.",
            "recall": "Share the marks among these points:",
            "verdict": "{verdict}: 1 mark. The reason or the repair: {rest}.",
        },
        "roads": "Known mistakes, worth at most half of the marks:",
        "others": "The other options:",
    },
    "ru": {
        "either": "Верно, верно с поправкой (если добавить слово или условие) или неверно? Объясните и исправьте.",
        "head": "{minutes} минут · {minutes} баллов · балл за минуту",
        "lines": "Расставьте строки по порядку: запишите их буквы.",
        "mark": ["[баллов: {}]", "[баллов: {}]"],
        "number": "Покажите вычисления.",
        "options": "Выберите один ответ и объясните.",
        "pdf": "{title}: PDF, страниц A4: {pages}",
        "questions": "Вопросы этого варианта на страницах книги",
        "rules": "Без книг и конспектов; калькулятор без программ, но с ln.",
        "scheme": "Ключ и оценивание",
        "scheme_of": {
            "choice": "Верно {letter}: 1 балл. Объяснение: {rest}.",
            "number": "{value}, три цифры: 1 балл. Вычисления: {rest}, поровну за каждый шаг.",
            "order": "{letters}. За каждую строку, которую надо переставить, минус балл.",
            "recall": "Баллы за сказанное из следующего:",
            "verdict": "{verdict}: 1 балл. Объяснение или поправка: {rest}.",
        },
        "roads": "Известные ошибки, не больше половины баллов:",
        "others": "Остальные ответы:",
    },
    "bn": {
        "either": "সঠিক, সংশোধন করলে (একটি শব্দ বা শর্ত যোগ করলে) সঠিক, না ভুল? কারণ বলুন, আর সংশোধন করুন।",
        "head": "{minutes} মিনিট · {minutes} নম্বর · প্রতি মিনিটে এক নম্বর",
        "lines": "লাইনগুলো ক্রমে সাজান: তাদের অক্ষর লিখুন।",
        "mark": ["[{} নম্বর]", "[{} নম্বর]"],
        "number": "হিসাব দেখান।",
        "options": "একটি বাছুন, আর কারণ বলুন।",
        "pdf": "{title}: PDF, A4-এর {pages} পাতা",
        "questions": "এই প্রশ্নপত্রের প্রশ্নগুলো বইয়ের যেখানে আছে",
        "rules": "বই বা নোট নয়; প্রোগ্রাম ছাড়া, কিন্তু ln-সহ ক্যালকুলেটর।",
        "scheme": "নম্বর দেওয়ার নিয়ম",
        "scheme_of": {
            "choice": "{letter} সঠিক: 1 নম্বর। কারণ: {rest}।",
            "number": "{value}, তিন অঙ্ক পর্যন্ত: 1 নম্বর। হিসাব: {rest}, ধাপগুলোর মধ্যে সমান ভাগে।",
            "order": "{letters}। যে লাইনগুলো সরাতে হবে, তার প্রতিটিতে এক নম্বর কম।",
            "recall": "এর মধ্যে যা বলা হয়েছে তার জন্য নম্বর:",
            "verdict": "{verdict}: 1 নম্বর। কারণ বা সংশোধন: {rest}।",
        },
        "roads": "জানা ভুল পথ, বড়জোর অর্ধেক নম্বর:",
        "others": "অন্য উত্তরগুলো:",
    },
}


def paper_words(language):
    """The words in a language, or in English where there are none."""
    return PAPERS.get(language, PAPERS["en"])
