// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Makes events small: of a view that opens, the player is told each new node by itself, with its parent and its neighbour. Left
 * within one another, with numbers that count on from node to node and what many nodes have in common told once, they are a
 * tenth as long. tools/fold.py makes single steps of it on the server.
 */

/** As page_reader.js counts: children from the last to the first, then those of each from the first to the last. */
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
    pack({ id: step, childNodes, attributes, ...rest }) {
        const isPlain = !attributes || !Object.keys(attributes).length;
        const number = this.number(isPlain ? rest : { ...rest, attributes });
        if (childNodes?.length) {
            return [number, step, childNodes.map((child) => this.pack(child))];
        }
        return step === 1 ? number : [number, step];
    }
}

/**
 * @param {Object} event cleaned, with whole parts of the page in its `adds`; used up
 * @returns {Object} the same, smaller: `adds` lists parent, neighbour and packed node
 */
export function fold(event) {
    if (event.type !== 3 || event.data.source !== 0 || !event.data.adds.length) {
        return event;
    }
    const shapes = new Shapes();
    let last = 0;
    const adds = event.data.adds.map(({ parentId, nextId, node }) => {
        last = countOn([node], last);
        return [parentId, nextId, shapes.pack(node)];
    });
    return { ...event, data: { ...event.data, adds, shapes: shapes.all } };
}
