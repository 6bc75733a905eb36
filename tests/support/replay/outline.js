// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * What a page looks like without its words: for each visible element where it stands in the tree, its box, its classes.
 *
 * @param {Document} page live, or rebuilt in the player
 * @param {string[]} known names of elements that recordings hold; others are kept as `div`
 * @returns {Object} path → [x, y, width, height, classes], boxes in CSS pixels of the window
 */
(page, known) => {
    /** not part of what is seen, and partly left out of recordings */
    const UNSEEN = new Set("script noscript style meta link template base title head".split(" "));
    /** of which a recording keeps the place only: not looked into, and all called the same */
    const PLACES = new Set("img svg picture video audio canvas iframe frame object embed portal".split(" "));
    const tags = new Set(known);
    const found = {};

    function nameOf(element) {
        const tag = element.localName;
        return PLACES.has(tag) ? "place" : tags.has(tag) ? tag : "div";
    }

    function look(element, path) {
        const { x, y, width, height } = element.getBoundingClientRect();
        const isShown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
        if (isShown && width > 0 && height > 0) {
            found[path] = [x, y, width, height, element.getAttribute("class") || ""];
        }
        if (PLACES.has(element.localName)) {
            return;
        }
        const children = [...element.children].filter((child) => !UNSEEN.has(child.localName));
        children.forEach((child, number) => look(child, `${path}/${nameOf(child)}${number}`));
    }

    look(page.documentElement, "html");
    return found;
};
