// The search field: arrows and Enter choose, / goes there, Escape leaves. And the menu of narrow screens.
"use strict";

const field = document.getElementById("search");
const list = document.getElementById("found");
let chosen = -1;

// Without accents and case, so that SocketCree finds SocketCrée.
const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

const known = ENTRIES.map(([name, page, about, other, rank]) => ({
    name, page, about, other, rank, key: plain(name), otherKey: plain(other), text: plain(about),
}));

function score(entry, words) {
    let total = 0;
    for (const word of words) {
        const bare = word.replace(/^wd(?!socket)/, "");
        if (entry.key === word || ` ${entry.otherKey} `.includes(` ${bare} `)) total += 100;
        else if (entry.key.startsWith(word)) total += 60;
        else if (entry.key.replace(/^(socket|ssl|wdsocket_err_)/, "").startsWith(word)) total += 50;
        else if (entry.otherKey.split(" ").some((one) => one.startsWith(bare) || one.replace(/^socket/, "").startsWith(bare))) total += 45;
        else if (entry.key.includes(word)) total += 30;
        else if (entry.otherKey.includes(bare)) total += 25;
        else if (entry.text.includes(word)) total += 10;
        else return 0;
    }
    return total - entry.rank * 8 - entry.key.length / 100;
}

function show() {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    const best = words.length === 0 ? [] : known
        .map((entry) => ({ entry, score: score(entry, words) }))
        .filter((one) => one.score > 0)
        .sort((a, b) => b.score - a.score)
        .slice(0, 10);
    list.replaceChildren(...best.map(({ entry }) => {
        const item = document.createElement("li"), link = document.createElement("a");
        const name = document.createElement("b"), other = document.createElement("i"), about = document.createElement("span");
        item.role = "option";
        link.href = entry.page;
        name.textContent = entry.name;
        other.textContent = entry.other.split(" ").filter((one) => one !== `${entry.name}W`).join(" ");
        about.textContent = entry.about;
        link.append(name, other, about);
        item.append(link);
        return item;
    }));
    if (words.length > 0 && best.length === 0) {
        const item = document.createElement("li");
        item.textContent = "Nothing of that name";
        item.className = "nothing";
        list.append(item);
    }
    list.hidden = words.length === 0;
    choose(best.length > 0 ? 0 : -1);
}

function choose(index) {
    const items = [...list.querySelectorAll("a")];
    chosen = items.length === 0 ? -1 : (index + items.length) % items.length;
    items.forEach((item, at) => item.classList.toggle("chosen", at === chosen));
    items[chosen]?.scrollIntoView({ block: "nearest" });
}

field.addEventListener("input", show);
field.addEventListener("focus", show);
field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter") list.querySelectorAll("a")[chosen]?.click();
    else if (event.key === "Escape") field.blur();
    else return;
    event.preventDefault();
});
field.addEventListener("blur", () => setTimeout(() => { list.hidden = true; }, 200));
document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== field) {
        event.preventDefault();
        field.select();
    }
});

const button = document.getElementById("menu-button");
button.addEventListener("click", () => {
    const open = document.body.classList.toggle("menu-open");
    button.setAttribute("aria-expanded", open);
});
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest" });
