// SPDX-License-Identifier: LGPL-3.0-or-later
/**
 * Packs bytes as gzip without making them smaller (RFC 1951, 3.2.4; RFC 1952), at once: a page that is being left cannot
 * wait for the browser's own compression.
 */

const LARGEST_BLOCK = 0xffff;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, number) => {
    for (let bit = 0; bit < 8; bit++) {
        number = number & 1 ? (number >>> 1) ^ 0xedb88320 : number >>> 1;
    }
    return number;
});

function crc32(bytes) {
    let crc = 0xffffffff;
    for (const byte of bytes) {
        crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
    }
    return (crc ^ 0xffffffff) >>> 0;
}

function uint32(number) {
    return [number & 0xff, (number >>> 8) & 0xff, (number >>> 16) & 0xff, (number >>> 24) & 0xff];
}

/**
 * @param {Uint8Array} bytes not empty
 * @returns {Uint8Array}
 */
export function storedGzip(bytes) {
    const parts = [[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]];
    for (let start = 0; start < bytes.length; start += LARGEST_BLOCK) {
        const block = bytes.subarray(start, start + LARGEST_BLOCK);
        const isLast = start + LARGEST_BLOCK >= bytes.length;
        const size = block.length;
        parts.push([isLast ? 1 : 0, size & 0xff, size >>> 8, ~size & 0xff, (~size >>> 8) & 0xff], block);
    }
    parts.push(uint32(crc32(bytes)), uint32(bytes.length));
    const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let place = 0;
    for (const part of parts) {
        packed.set(part, place);
        place += part.length;
    }
    return packed;
}
