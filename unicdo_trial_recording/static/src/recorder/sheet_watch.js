// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Tells what scripts make of style sheets: rules put into a style element, and sheets that a page or shadow root adopts. No
 * observer tells of it, so it is looked for whenever the page changes, and every few seconds closely.
 */
import { isShadowRoot, rulesOf } from "./page_reader.js";

/** Of a document or shadow root, as the browser has it: a form of the page may be called like it. */
const own = (root, name) => Reflect.get((isShadowRoot(root) ? ShadowRoot : Document).prototype, name, root);
const isSame = (one, other) => one.length === other.length && one.every((item, place) => item === other[place]);

export class SheetWatch {
    /**
     * @param {import("./page_reader.js").PageReader} reader
     * @param {(data: Object, rules: number) => void} tell takes the data of an incremental event, and how many rules it tells
     */
    constructor(reader, tell) {
        this.reader = reader;
        this.tell = tell;
        /** document or shadow root → node it is told under, sheets it has adopted */
        this.roots = new Map();
        /** sheet → its rules when it was last looked at */
        this.seen = new WeakMap();
        this.lastStyle = 0;
    }

    /**
     * @param {Document|ShadowRoot} root
     * @param {Node} holder the document itself, or the shadow root's host
     */
    add(root, holder) {
        this.roots.set(root, { holder, adopted: [] });
    }

    /** @param {boolean} [closely] compare each rule, else only how many there are */
    look(closely = false) {
        for (const [root, place] of this.roots) {
            if (this.reader.isKnown(place.holder)) {
                this._lookAtStyles(root, closely);
                this._lookAtAdopted(root, place, closely);
            } else {
                this.roots.delete(root);
            }
        }
    }

    _lookAtStyles(root, closely) {
        const attributes = [];
        let rules = 0;
        for (const sheet of own(root, "styleSheets")) {
            const element = sheet.ownerNode;
            if (element.localName === "style" && this.reader.isKnown(element) && this._isChanged(sheet, closely)) {
                rules += sheet.cssRules.length;
                attributes.push({
                    id: this.reader.number(element), attributes: { _cssText: this.reader.value(element, "_cssText") },
                });
            }
        }
        if (attributes.length) {
            this.tell({ source: 0, removes: [], adds: [], texts: [], attributes }, rules);
        }
    }

    _lookAtAdopted(root, place, closely) {
        const adopted = [...own(root, "adoptedStyleSheets")];
        const changed = adopted.filter((sheet) => this._isChanged(sheet, closely));
        if (isSame(adopted, place.adopted) && !changed.length) {
            return;
        }
        place.adopted = adopted;
        // told anew each time: they are few and small, and the player takes the last
        const styles = adopted.map((sheet) => ({
            styleId: ++this.lastStyle, rules: rulesOf(sheet).map((rule, index) => ({ rule, index })),
        }));
        const told = { source: 15, id: this.reader.number(place.holder), styleIds: styles.map(({ styleId }) => styleId), styles };
        this.tell(told, styles.reduce((sum, { rules }) => sum + rules.length, 0));
    }

    /** Whether a sheet has other rules than when it was last looked at; of a new one, whoever found it tells. */
    _isChanged(sheet, closely) {
        const before = this.seen.get(sheet);
        if (before && !closely && sheet.cssRules.length === before.length) {
            return false;
        }
        const rules = rulesOf(sheet);
        this.seen.set(sheet, rules);
        return Boolean(before) && !isSame(rules, before);
    }
}
