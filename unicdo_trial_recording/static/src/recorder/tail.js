// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * What a page could not send before it was left, for the next page of the same tab and recording: a service worker, such as
 * Odoo's in the backend, does not bring to the server what a page sends while it goes. Cleaned and packed, in the tab's own
 * storage, from one page to the next.
 */
export class Tail {
    /**
     * @param {Storage} storage of the tab
     * @param {string} key under which it lies there
     */
    constructor(storage, key) {
        this.storage = storage;
        this.key = key;
    }

    /**
     * Take what the page before left; whatever it is, it does not stay.
     * @param {string} recording its id: of another one nothing is taken
     * @returns {{seq: number, bytes: Uint8Array}[]}
     */
    take(recording) {
        try {
            const left = JSON.parse(this.storage.getItem(this.key));
            this.storage.removeItem(this.key);
            const pieces = left?.recording === recording ? left.pieces : [];
            return pieces.map(([seq, text]) => ({ seq, bytes: Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)) }));
        } catch {
            return [];
        }
    }

    /**
     * @param {string} recording its id
     * @param {[number, Uint8Array][]} pieces numbers and content; none: nothing stays
     */
    keep(recording, pieces) {
        try {
            this.storage.removeItem(this.key);
            if (pieces.length) {
                const text = (bytes) => btoa(Array.from(bytes, (code) => String.fromCharCode(code)).join(""));
                const left = { recording, pieces: pieces.map(([seq, bytes]) => [seq, text(bytes)]) };
                this.storage.setItem(this.key, JSON.stringify(left));
            }
        } catch {
            // without storage it is lost, as it would be without this
        }
    }
}
