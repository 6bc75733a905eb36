// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Makes events small: of a view that opens, rrweb tells each new node by itself, with its parent and its neighbour. Put into
 * one another, with numbers that count on from node to node and what many nodes have in common told once, they are a tenth
 * as long. tools/fold.py undoes it on the server.
 */

const DEEPEST = 100;

/** What a node says of itself alone. */
function alone(node) {
    const folded = { ...node };
    delete folded.childNodes;
    if (!Object.keys(folded.attributes || {}).length) {
        delete folded.attributes;
    }
    return folded;
}

/** Whether only the order of single steps says where a node ends up. */
function isKnot(known, { parentId, node }) {
    return known.has(node.id) || Boolean(node.childNodes?.length) || known.get(parentId)?.depth >= DEEPEST;
}

/** @returns {boolean} whether its neighbour was there */
function putInto({ folded }, child, nextId) {
    const children = (folded.childNodes ||= []);
    const place = nextId === null ? children.length : children.findIndex(({ id }) => id === nextId);
    if (place >= 0) {
        children.splice(place, 0, child);
    }
    return place >= 0;
}

/** @returns {Object[]|null} new nodes within their parents; null where that cannot be said */
function nest(adds) {
    const known = new Map();
    const roots = [];
    for (const add of adds) {
        const { parentId, nextId, node } = add;
        if (isKnot(known, add)) {
            return null;
        }
        const folded = alone(node);
        // a shadow root's nodes have neighbours of their own beside their host's other children
        const parent = node.isShadow ? null : known.get(parentId);
        known.set(node.id, { folded, depth: parent ? parent.depth + 1 : 0 });
        if (!parent) {
            roots.push({ parentId, nextId, node: folded });
        } else if (!putInto(parent, folded, nextId)) {
            return null;
        }
    }
    return roots;
}

/** As rrweb counts: children from the last to the first, then those of each from the first to the last. */
function countOn(nodes, last) {
    for (const node of [...nodes].reverse()) {
        [node.id, last] = [node.id - last, node.id];
    }
    for (const { childNodes } of nodes) {
        last = childNodes ? countOn(childNodes, last) : last;
    }
    return last;
}

/** Gives out the numbers of shapes: what a node is apart from its place. */
class Shapes {
    constructor() {
        this.all = [];
        this.numbers = new Map();
    }

    number(shape) {
        const text = JSON.stringify(shape);
        if (!this.numbers.has(text)) {
            this.numbers.set(text, this.all.push(shape) - 1);
        }
        return this.numbers.get(text);
    }

    /** @returns {number|Array} shape alone, or shape, step from the last node's number to its own, and what is in it */
    pack({ id: step, childNodes, ...shape }) {
        const number = this.number(shape);
        if (childNodes) {
            return [number, step, childNodes.map((child) => this.pack(child))];
        }
        return step === 1 ? number : [number, step];
    }
}

/**
 * @param {Object} event cleaned
 * @returns {Object} the same, smaller if it can be: `adds` lists parent, neighbour and packed node
 */
export function fold(event) {
    const roots = event.type === 3 && event.data.source === 0 && event.data.adds.length > 1 && nest(event.data.adds);
    if (!roots) {
        return event;
    }
    const shapes = new Shapes();
    let last = 0;
    const adds = roots.map(({ parentId, nextId, node }) => {
        last = countOn([node], last);
        return [parentId, nextId, shapes.pack(node)];
    });
    return { ...event, data: { ...event.data, adds, shapes: shapes.all } };
}
