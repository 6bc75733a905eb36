# SPDX-License-Identifier: LGPL-3.0-or-later
"""What tests of recordings in a real browser begin with."""

#: signs the administrator in and agrees to be recorded; takes the database's name, and gives the state that follows
LOGIN = """(async () => {
    const call = async (url, params) => (await (await fetch(url, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ jsonrpc: "2.0", params }),
    })).json()).result;
    const user = await call("/web/session/authenticate", { db: "%s", login: "admin", password: "admin" });
    const { hash } = await call("/recording/notice", {});
    const { state } = await call("/recording/choice", { choice: "given", shown: hash });
    return Boolean(user.uid) && state;
})()"""
