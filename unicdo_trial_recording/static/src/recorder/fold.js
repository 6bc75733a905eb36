// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Makes events small: of a view that opens, rrweb tells each new node by itself, with its parent and its neighbour. Put into
 * one another, with numbers that count on from node to node, they take a fifth. tools/fold.py undoes it on the server.
 */

const DEEPEST = 100;

function without(node) {
    const { attributes, ...rest } = node;
    delete rest.childNodes;
    return attributes && Object.keys(attributes).length ? { attributes, ...rest } : rest;
}

const isSingle = (node) => !node.isShadow && !node.childNodes?.length;

/** Put a node before that with a number, or at the end; whether there was such a place. */
function putBefore(children, nextId, node) {
    const place = nextId === null ? children.length : children.findIndex((child) => child.id === nextId);
    if (place >= 0) {
        children.splice(place, 0, node);
    }
    return place >= 0;
}

/** @returns {Object[]|null} new nodes within their parents; null where only the order of single steps says what happened */
function nest(adds) {
    const known = new Map();
    const roots = [];
    for (const { parentId, nextId, node } of adds) {
        const parent = known.get(parentId);
        const depth = parent ? parent.depth + 1 : 0;
        if (known.has(node.id) || depth > DEEPEST || !isSingle(node)) {
            return null;
        }
        const folded = without(node);
        known.set(node.id, { folded, depth });
        if (!parent) {
            roots.push({ parentId, nextId, node: folded });
            continue;
        }
        if (!putBefore((parent.folded.childNodes ||= []), nextId, folded)) {
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

/**
 * @param {Object} event cleaned
 * @returns {Object} the same, smaller if it can be
 */
export function fold(event) {
    const adds = event.type === 3 && event.data.source === 0 && event.data.adds.length > 1 && nest(event.data.adds);
    if (!adds) {
        return event;
    }
    let last = 0;
    for (const { node } of adds) {
        last = countOn([node], last);
    }
    return { ...event, data: { ...event.data, adds, folded: true } };
}
