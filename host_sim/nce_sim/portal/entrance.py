"""The two pages before the sign-in: plain HTML, so nothing of the portal runs for strangers."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" '
    'rx="7" fill="#00566b"/><path d="M8 23V13m5 10V9m6 14V13m5 10V6" stroke="#fff" '
    'stroke-width="3" stroke-linecap="round"/></svg>'
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:image/svg+xml,{icon}">
<title>{title} · 1NCE Customer Portal, simulated</title>
<style>
:root {{ color-scheme: light dark; --ink: #17242b; --paper: #f2f5f7; --card: #fff; --line: #5b6b75;
  --act: #00566b; --on-act: #fff; --bad: #a4161a; --soft: #4b5b64 }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e8eef1; --paper: #10181c; --card: #1a252b;
  --line: #8ea1ab; --act: #7fd0e4; --on-act: #06222b; --bad: #ff9a9e; --soft: #b3c1c9 }} }}
* {{ box-sizing: border-box }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px;
  background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }}
main {{ width: 100%; max-width: 400px; background: var(--card); padding: 32px; border-radius: 12px;
  box-shadow: 0 1px 3px rgb(0 0 0 / .15), 0 8px 32px rgb(0 0 0 / .08) }}
h1 {{ font-size: 22px; line-height: 1.25; margin: 0 0 4px }}
p {{ margin: 0 0 20px; color: var(--soft) }}
label {{ display: block; font-weight: 600; margin: 16px 0 4px }}
input {{ width: 100%; font: inherit; padding: 10px 12px; border: 1px solid var(--line);
  border-radius: 6px; background: transparent; color: inherit }}
button {{ width: 100%; margin-top: 24px; padding: 12px; font: inherit; font-weight: 600; border: 0;
  border-radius: 6px; background: var(--act); color: var(--on-act); cursor: pointer }}
:focus-visible {{ outline: 3px solid var(--act); outline-offset: 2px }}
[role=status] {{ color: var(--act); font-weight: 600; margin: 0 0 8px }}
[role=alert] {{ color: var(--bad); font-weight: 600; margin: 0 0 8px }}
</style>
</head>
<body><main>{body}</main>
<script>document.cookie = "nce_zone=" + encodeURIComponent(
  Intl.DateTimeFormat().resolvedOptions().timeZone) + ";path=/portal;SameSite=Strict";</script>
</body></html>
"""


# What a page says when it leads here, by its word in the address.
_SAID = {"password": "Your password is changed. Sign in with the new one."}


def sign_in_page(problem: str, path: str, has_passwords: bool, said: str = "") -> str:
    """Where a user signs in; `path` is the page that follows, `said` a word of another one."""
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    if said in _SAID:
        alert = f'<p role="status">{_SAID[said]}</p>'
    if not has_passwords:
        text = "Follow the link that <code>nce portal</code> printed when it started."
        return _page("Sign in", f"<h1>1NCE Customer Portal</h1>{alert}<p>{text}</p>")
    body = f"""<h1>1NCE Customer Portal</h1><p>A simulated one, for your desk.</p>{alert}
<form method="post" action="/portal/sign-in?next={escape(quote(path))}">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" required autofocus
  maxlength="254">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
  maxlength="256">
<button>Sign in</button></form>"""
    return _page("Sign in", body)


def enter_page(code: str) -> str:
    """Where the link of `nce sim up` leads: it is used by the button, not by a look."""
    body = f"""<h1>1NCE Customer Portal</h1>
<p>This link signs you in as the owner of the account. It works once.</p>
<form method="post" action="/portal/enter">
<input type="hidden" name="code" value="{escape(code)}">
<button autofocus>Enter the portal</button></form>"""
    return _page("Enter", body)


def _page(title: str, body: str) -> str:
    return _PAGE.format(title=escape(title), body=body, icon=quote(ICON))
