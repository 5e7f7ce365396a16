"""Texts that have broken somebody's export before."""

NASTY = [
    "",
    " leading and trailing \n",
    'two\r\nlines and a tab\t, a quote " and a backslash \\ and \\u0041',
    "\u2028 and \u2029 and \u0085, which some take for ends of lines",
    "NUL \x00 and bell \x07 and delete \x7f",
    "👩🏽‍🚀 and 🇪🇺 and e\u0301",
    "مرحبا \u202eright to left\u202c שלום",
    "\ufeffa mark first, \ufffd and \uffff and \U0010ffff",
    "<script>alert(1)</script> <!-- --> &amp; [a](javascript:b) `---` | --- |",
    "\n\nHuman: hello\n\nAssistant: hello",
    '=HYPERLINK("x") \'null\' NaN 1e5 {"chosen": []}',
    "a" * 100_000,
    "日本語" * 30_000,
]
HALF = "half of \ud83d a smile"
