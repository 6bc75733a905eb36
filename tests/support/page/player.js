// SPDX-License-Identifier: LGPL-3.0-or-later
/** A page rebuilt from cleaned events, as strictly as no player is: what does not fit is an error. */
export class Player {
    constructor() {
        this.nodes = new Map();
        this.errors = [];
    }

    play({ type, data }) {
        if (type === 2) {
            this.nodes.clear();
            this.root = this._build(data.node);
        } else if (type === 3 && data.source === 0) {
            const gone = new Set();
            data.removes.forEach((step) => this._remove(step, gone));
            data.adds.forEach((step) => this._add(step));
            data.texts.forEach(({ id, value }) => this._change(id, (node) => (node.text = value)));
            for (const { id, attributes } of data.attributes) {
                this._change(id, (node) => Object.assign(node.attributes, attributes));
            }
        }
    }

    _build({ id, type, tagName, textContent, attributes, childNodes = [], isShadow }) {
        const node = { id, type, tag: tagName, text: textContent, attributes: { ...attributes }, isShadow };
        this.nodes.set(id, node);
        node.children = childNodes.map((child) => this._build(child));
        return node;
    }

    _remove({ parentId, id, isShadow }, gone) {
        const parent = this.nodes.get(parentId);
        const node = this.nodes.get(id);
        const place = node && parent ? parent.children.indexOf(node) : -1;
        if (place < 0 || Boolean(node.isShadow) !== Boolean(isShadow)) {
            if (!gone.has(id)) {
                this.errors.push(`${id} is not in ${parentId}`);
            }
            return;
        }
        parent.children.splice(place, 1);
        this._forget(node, gone);
    }

    _forget(node, gone) {
        gone.add(node.id);
        this.nodes.delete(node.id);
        node.children.forEach((child) => this._forget(child, gone));
    }

    _add({ parentId, nextId, node }) {
        const parent = this.nodes.get(parentId);
        if (!parent || this.nodes.has(node.id)) {
            this.errors.push(`${node.id} cannot come into ${parentId}`);
            return;
        }
        const place = nextId === null ? parent.children.length : parent.children.findIndex(({ id }) => id === nextId);
        if (place < 0) {
            this.errors.push(`${nextId} is not in ${parentId}`);
            return;
        }
        parent.children.splice(place, 0, this._build(node));
    }

    _change(id, change) {
        const node = this.nodes.get(id);
        if (node) {
            change(node);
        } else {
            this.errors.push(`${id} is not there`);
        }
    }
}
